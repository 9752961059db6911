/** A local chain in a process of its own, and accounts with our contracts on it. */
import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { env } from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { startServer, tether } from "@outlayer/testing/servers"
import {
  Account,
  actions,
  JsonRpcProvider,
  KeyPair,
  KeyPairSigner,
  type KeyPairString,
  nearToYocto,
} from "near-api-js"

const BINARY = fileURLToPath(import.meta.resolve("@outlayer/localnet/near-sandbox"))
const CONTRACTS = fileURLToPath(new URL("../../../contract/res/", import.meta.url))
const TERA = 10n ** 12n
const BLOCK_MS = 500

export interface TestAccount {
  account: Account
  secretKey: KeyPairString
}

/** Blocks when there is work, and twice a second without: the keystore compares clocks. */
export async function startLocalnet() {
  await using stack = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), "outlayer-keystore-"))
  stack.defer(() => rm(home, { recursive: true, force: true, maxRetries: 10 }))
  await promisify(execFile)(BINARY, ["--home", home, "init"])
  const pace = ["--instant", "--block-ms", String(BLOCK_MS), "--yield-timeout-blocks", "20000"]
  const { PATH, HOME, TMPDIR } = env
  const command = [BINARY, "--home", home, "run", "--rpc-addr", "127.0.0.1:0", ...pace]
  const server = await startServer([...tether("TERM"), ...command], { PATH, HOME, TMPDIR }, findUrl)
  stack.use(server)
  const provider = new JsonRpcProvider({ url: server.url })
  const key = JSON.parse(await readFile(join(home, "validator_key.json"), "utf8")) as {
    account_id: string
    secret_key: KeyPairString
  }
  const root = openAccount(key.account_id, key.secret_key)
  const owned = stack.move()

  return {
    url: server.url,
    home,

    async create(name: string, near = 100): Promise<TestAccount> {
      const pair = KeyPair.fromRandom("ed25519")
      const accountId = `${name}.${root.accountId}`
      await root.signAndSendTransaction({
        receiverId: accountId,
        actions: [
          actions.createAccount(),
          actions.transfer(nearToYocto(String(near) as `${number}`)),
          actions.addFullAccessKey(pair.getPublicKey()),
        ],
        throwOnFailure: true,
      })
      return { account: openAccount(accountId, pair.toString()), secretKey: pair.toString() }
    },

    async deploy(
      { account }: TestAccount,
      contract: string,
      args: object,
      method = "new",
    ): Promise<void> {
      const code = await readFile(`${CONTRACTS}${contract}_contract.wasm`)
      await account.signAndSendTransaction({
        receiverId: account.accountId,
        actions: [
          actions.deployContract(code),
          actions.functionCall(method, args, 100n * TERA, 0n),
        ],
        throwOnFailure: true,
      })
    },

    /** The time of its blocks goes on from there. */
    async forward(seconds: number): Promise<void> {
      const params = { delta_height: (seconds * 1_000) / BLOCK_MS }
      // What only a chain for tests can do, hence not by near-api-js.
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "sandbox_fast_forward", params })
      const headers = { "content-type": "application/json" }
      const reply = await fetch(server.url, { method: "POST", headers, body })
      if (!("result" in ((await reply.json()) as object))) throw new Error("Time stands still")
    },

    view: (contractId: string, method: string, args: object = {}) =>
      provider.callFunction({ contractId, method, args: { ...args } }),

    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }

  function openAccount(accountId: string, secretKey: KeyPairString): Account {
    return new Account(accountId, provider, KeyPairSigner.fromSecretKey(secretKey))
  }
}

/** What the call returned. Throws what the chain says when it fails. */
export async function call(
  { account }: TestAccount,
  contractId: string,
  method: string,
  args: object,
  near: `${number}` = "0",
): Promise<unknown> {
  const options = { gas: 300n * TERA, deposit: nearToYocto(near), waitUntil: "FINAL" as const }
  return account.callFunction({ contractId, methodName: method, args: { ...args }, ...options })
}

/** Of a call whose promise waits for somebody: sent, and in a final block. */
export async function send(
  { account }: TestAccount,
  contractId: string,
  method: string,
  args: object,
  near: `${number}`,
): Promise<void> {
  await account.signAndSendTransaction({
    receiverId: contractId,
    actions: [actions.functionCall(method, { ...args }, 300n * TERA, nearToYocto(near))],
    waitUntil: "INCLUDED_FINAL",
  })
}

function findUrl(text: string): string | undefined {
  if (!text.startsWith("{")) return undefined
  const line = JSON.parse(text) as { msg?: string; address?: string }
  return line.msg === "listening" ? line.address : undefined
}
