/** vitest's `test` with a chain of its own per file, and our contracts on it. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { findPort } from "@outlayer/testing/port"
import type { NearAccount, Worker } from "near-workspaces"
import { test, vi } from "vitest"

export const NEAR = 10n ** 24n
export const TGAS = 10n ** 12n
/** What users of the public system attach. */
export const ATTACHED = { attachedDeposit: NEAR / 10n, gas: 300n * TGAS }

export interface Chain {
  worker: Worker
  owner: NearAccount
  operator: NearAccount
  alice: NearAccount
  outlayer: NearAccount
  caller: NearAccount
}

export const contractTest = chainTest("--instant")

/** `flags` are those of localnet's `near-sandbox run`. */
export function chainTest(flags: string) {
  return test.extend("chain", { scope: "file" }, async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), "outlayer-contract-"))
    const sandbox = fileURLToPath(new URL("../../lib/localnet/bin/near-sandbox", import.meta.url))
    const environment = {
      NEAR_SANDBOX_BIN_PATH: sandbox,
      NEAR_SANDBOX_BINARY_PATH: dirname(sandbox),
      NEAR_WORKSPACES_NO_LOGS: "1",
      LOCALNET_FLAGS: flags,
      // Read at the import: chains and a lock that a whole machine would share then lie in our folder.
      TMPDIR: folder,
    }
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    const { Worker } = await import("near-workspaces")
    // Its own choice may be taken by a connection before the chain listens.
    const port = await findPort()
    const worker = await Worker.init({ port, rpcAddr: `http://127.0.0.1:${port}` })
    onCleanup(async () => {
      await worker.tearDown()
      await rm(folder, { recursive: true, maxRetries: 10 })
    })

    const root = worker.rootAccount
    const create = (name: string) => root.createSubAccount(name, { initialBalance: 100n * NEAR })
    const owner = await create("owner")
    const operator = await create("operator")
    const alice = await create("alice")
    const outlayer = await root.devDeploy(wasm("outlayer"), {
      initialBalance: 20n * NEAR,
      method: "new",
      args: { owner_id: owner.accountId, operator_id: operator.accountId },
    })
    const caller = await root.devDeploy(wasm("caller"), {
      initialBalance: 20n * NEAR,
      method: "init",
      args: { outlayer_id: outlayer.accountId },
    })
    return { worker, owner, operator, alice, outlayer, caller } satisfies Chain
  })
}

interface Provider {
  block: (at: { finality: "final" }) => Promise<{ header: { height: number; timestamp: number } }>
  txStatusReceipts: (
    hash: string,
    sender: string,
    until: "FINAL",
  ) => Promise<{ transaction_outcome: Outcome; receipts_outcome: Outcome[] }>
}

interface Outcome {
  outcome: { tokens_burnt: string }
}

/** near-workspaces's types lose what its provider inherits from near-api-js. */
export function providerOf({ worker }: Chain): Provider {
  return worker.provider as unknown as Provider
}

export function wasm(name: string): string {
  return fileURLToPath(new URL(`../res/${name}_contract.wasm`, import.meta.url))
}
