import { Account, JsonRpcProvider, KeyPairSigner } from "near-api-js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Localnet, startLocalnet } from "../start-localnet.ts"
import { testContract } from "../testing/test-contract.ts"
import { base58OfHex } from "../transaction/public-key-text.ts"

let localnet: Localnet
let root: Account

interface Message {
  block: { header: { height: number; prev_height: number } }
  shards: {
    chunk: { transactions: { transaction: { hash: string } }[] }
    receipt_execution_outcomes: {
      tx_hash: string
      execution_outcome: { outcome: { logs: string[] } }
      receipt: { receiver_id: string }
    }[]
    state_changes: { type: string; cause: { type: string } }[]
  }[]
}

beforeAll(async () => {
  localnet = await startLocalnet({ blockMs: 200 })
  const provider = new JsonRpcProvider({ url: localnet.url })
  const signer = KeyPairSigner.fromSecretKey(localnet.rootSecretKey as `ed25519:${string}`)
  root = new Account(localnet.rootAccountId, provider, signer)
  await root.deployContract(await testContract())
})

afterAll(() => localnet[Symbol.asyncDispose]())

describe("neardata", () => {
  test("walking every block shows each log once, with its transaction", async () => {
    const start = localnet.chain.head.height
    const sent: string[] = []
    for (let call = 0; call < 5; call++) {
      const { transaction } = await root.callFunctionRaw({
        contractId: root.accountId,
        methodName: "answer",
        args: {},
      })
      sent.push(transaction.hash)
    }

    const seen: string[] = []
    for (let height = start + 1; height <= localnet.chain.head.height; height++) {
      const outcomes = (await block(height))?.shards[0]?.receipt_execution_outcomes ?? []
      seen.push(
        ...outcomes
          .filter((o) => o.execution_outcome.outcome.logs[0] === "42")
          .map((o) => o.tx_hash),
      )
    }
    expect(seen).toEqual(sent)
  })

  test("a block that comes soon is waited for", async () => {
    const height = localnet.chain.head.height + 2

    const message = await block(height)

    expect(message?.block.header.height).toBe(height)
  })

  test("a skipped height is null, and one far ahead is not there", async () => {
    const before = localnet.chain.head.height
    localnet.chain.skip(10, 200)
    await block(before + 10)

    expect(await block(before + 3)).toBeNull()
    const far = await fetch(`${localnet.url}/v0/block/${before + 1000}`)
    expect(far.status).toBe(404)
  })

  test("first and last are redirects", async () => {
    const last = await fetch(`${localnet.url}/v0/last_block/final`, { redirect: "manual" })
    const first = await fetch(`${localnet.url}/v0/first_block`)

    expect(last.status).toBe(302)
    expect(last.headers.get("location")).toMatch(/^\/v0\/block\/\d+$/)
    expect(((await first.json()) as Message).block.header.height).toBe(0)
  })

  test("state changes and transactions are there", async () => {
    const { transaction, receipts_outcome } = await root.callFunctionRaw({
      contractId: root.accountId,
      methodName: "write",
      args: new TextEncoder().encode("changed"),
    })
    const height = heightOf(receipts_outcome[0]?.block_hash ?? "")
    const shard = (await block(height))?.shards[0]

    expect(shard?.chunk.transactions.map((t) => t.transaction.hash)).toEqual([transaction.hash])
    expect(shard?.state_changes.map(({ type }) => type)).toContain("data_update")
  })
})

function heightOf(hash: string): number {
  const { history, head } = localnet.chain
  for (let height = head.height; height > 0; height--) {
    const found = history.live(height)
    if (found !== undefined && base58OfHex(found.hash) === hash) return height
  }
  throw new Error(`no block ${hash}`)
}

async function block(height: number): Promise<Message | null> {
  const response = await fetch(`${localnet.url}/v0/block/${height}`)
  return (await response.json()) as Message | null
}
