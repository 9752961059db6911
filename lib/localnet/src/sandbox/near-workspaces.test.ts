import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { findPort } from "@outlayer/testing/port"
import type { NearAccount, Worker } from "near-workspaces"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { testContract } from "../testing/test-contract.ts"

const NEAR = 10n ** 24n
const BINARY = resolve(import.meta.dirname, "../../bin/near-sandbox")

let worker: Worker
let root: NearAccount
let contract: NearAccount
let folder: string

beforeAll(async () => {
  vi.stubEnv("NEAR_SANDBOX_BIN_PATH", BINARY)
  vi.stubEnv("NEAR_SANDBOX_BINARY_PATH", resolve(BINARY, ".."))
  vi.stubEnv("NEAR_WORKSPACES_NO_LOGS", "1")
  vi.stubEnv("LOCALNET_FLAGS", "--instant")
  folder = await mkdtemp(join(tmpdir(), "outlayer-workspaces-"))
  // It reads this when imported: homes and its lock, which all that run on a machine share, then lie in our folder.
  vi.stubEnv("TMPDIR", folder)
  const workspaces = await import("near-workspaces")
  const file = join(folder, "contract.wasm")
  await writeFile(file, await testContract())
  // Its own choice may be taken by a connection before the chain listens.
  const port = await findPort()
  worker = await workspaces.Worker.init({ port, rpcAddr: `http://127.0.0.1:${port}` })
  root = worker.rootAccount
  contract = await root.devDeploy(file)
})

afterAll(async () => {
  await worker?.tearDown()
  // It does not wait for the chain's end.
  await rm(folder, { recursive: true, maxRetries: 10 })
  vi.unstubAllEnvs()
})

describe("near-workspaces, unmodified, on bin/near-sandbox", () => {
  test("makes sub-accounts and moves money", async () => {
    const alice = await root.createSubAccount("alice", { initialBalance: 5n * NEAR })
    const bob = await root.createSubAccount("bob", { initialBalance: 5n * NEAR })

    await alice.transfer(bob, NEAR)

    const { total } = await bob.balance()
    expect(BigInt(total)).toBe(6n * NEAR)
  })

  test("calls, views and reads state", async () => {
    await root.callRaw(contract, "write", Buffer.from("key"))

    expect(await root.call(contract, "answer", {})).toBe(42)
    expect(await contract.view("answer")).toBe(42)
    expect((await contract.viewState()).getRaw("key").toString()).toBe("42")
  })

  test("shows a panic as a failure", async () => {
    const result = await root.callRaw(contract, "fail", {})

    expect(result.failed).toBe(true)
    expect(result.receiptFailureMessagesContain("explicit guest panic")).toBe(true)
  })

  test("patches state and skips blocks until a yield has timed out", async () => {
    await contract.patchState("result", "before")
    expect(await contract.view("result")).toBe("before")

    const started = root.callRaw(contract, "start", {})
    await expect.poll(async () => (await contract.viewState()).getRaw("id")).toHaveLength(32)
    await worker.provider.fastForward(300)

    expect(Buffer.from((await started).parseResult() as string).toString()).toBe("failed")
    expect(await contract.view("result")).toBe("failed")
  })
})
