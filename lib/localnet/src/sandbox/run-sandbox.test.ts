import { spawn, type ChildProcess, execFile } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { Account, JsonRpcProvider, KeyPairSigner } from "near-api-js"
import { afterEach, beforeEach, describe, expect, test } from "vitest"

const BINARY = resolve(import.meta.dirname, "../../bin/near-sandbox")
const run = promisify(execFile)

let home: string
const children: ChildProcess[] = []

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "outlayer-sandbox-"))
})

afterEach(async () => {
  for (const child of children.splice(0)) await stop(child, "SIGKILL")
  await rm(home, { recursive: true })
})

describe("bin/near-sandbox", () => {
  test("says its version", async () => {
    const { stdout } = await run(BINARY, ["--version"])

    expect(stdout).toContain("2.13.4")
  })

  test("makes a home whose genesis callers may edit", async () => {
    await run(BINARY, ["--home", home, "init", "--fast"])
    const genesis = (await readJson("genesis.json")) as { records: unknown[]; total_supply: string }
    const account = { amount: "7", locked: "0", code_hash: "1".repeat(32), storage_usage: 0 }
    genesis.records.push({ Account: { account_id: "sandbox", account } })
    await writeFile(join(home, "genesis.json"), JSON.stringify(genesis))

    const { url } = await start()

    const provider = new JsonRpcProvider({ url })
    expect((await provider.viewAccount({ accountId: "sandbox" })).amount).toBe(7n)
  })

  test("goes on after SIGKILL where its last block ended", async () => {
    await run(BINARY, ["--home", home, "init"])
    const first = await start()
    const transfer = await (await rootOf(first.url)).transfer({ receiverId: "near", amount: 5n })
    const before = await new JsonRpcProvider({ url: first.url }).viewAccount({ accountId: "near" })
    await stop(first.child, "SIGKILL")

    const second = await start()

    const provider = new JsonRpcProvider({ url: second.url })
    expect((await provider.viewAccount({ accountId: "near" })).amount).toBe(before.amount)
    const { hash } = transfer.transaction
    const status = await provider.viewTransactionStatus({ txHash: hash, accountId: "test.near" })
    expect(status.transaction_outcome.id).toBe(hash)
    const again = await (await rootOf(second.url)).transfer({ receiverId: "near", amount: 5n })
    expect(again.status).toEqual({ SuccessValue: "" })
  })

  test("ends on SIGINT and SIGTERM with exit code 0, also while a client waits", async () => {
    await run(BINARY, ["--home", home, "init"])
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const { child, url } = await start()
      const held = fetch(`${url}/v0/block/40`).catch(() => undefined)
      await fetch(`${url}/status`)

      expect(await stop(child, signal)).toBe(0)
      await held
    }
  })

  test("starts with an empty environment", async () => {
    await run(BINARY, ["--home", home, "init"])

    const { url } = await start([], {})

    expect((await fetch(`${url}/health`)).status).toBe(200)
  })

  test("dumps its state", async () => {
    await run(BINARY, ["--home", home, "init"])
    const { child, url } = await start()
    await (await rootOf(url)).transfer({ receiverId: "aa".repeat(32), amount: 9n })
    await stop(child, "SIGINT")

    await run(BINARY, ["--home", home, "view-state", "dump-state"])

    const { records } = (await readJson("output.json")) as { records: unknown[] }
    const account = { amount: "9", storage_usage: 182 }
    expect(records).toContainEqual({
      Account: { account_id: "aa".repeat(32), account: expect.objectContaining(account) },
    })
  })

  test("refuses what it cannot read, in one line", async () => {
    const failed = run(BINARY, ["--home", home, "run", "--block-ms", "soon"])

    await expect(failed).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--block-ms soon"),
    })
  })
})

async function start(flags = ["--instant"], env?: NodeJS.ProcessEnv) {
  const args = ["--home", home, "run", "--rpc-addr", "127.0.0.1:0", ...flags]
  const stdio = ["ignore", "pipe", "inherit"] as const
  const child = spawn(
    BINARY,
    args,
    env === undefined ? { stdio: [...stdio] } : { env, stdio: [...stdio] },
  )
  children.push(child)
  if (child.stdout === null) throw new Error("no output")
  for await (const line of createInterface(child.stdout)) {
    const { msg, address } = JSON.parse(line) as { msg: string; address: string }
    if (msg === "listening") return { child, url: address }
  }
  throw new Error("the sandbox ended before it listened")
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, "exit")
  child.kill(signal)
  await ended
  return child.exitCode
}

async function rootOf(url: string): Promise<Account> {
  const { secret_key } = (await readJson("validator_key.json")) as {
    secret_key: `ed25519:${string}`
  }
  const signer = KeyPairSigner.fromSecretKey(secret_key)
  return new Account("test.near", new JsonRpcProvider({ url }), signer)
}

async function readJson(name: string): Promise<unknown> {
  return JSON.parse(await readFile(join(home, name), "utf8"))
}
