import type { SourceBlock } from "@outlayer/near"
import { type AccountId, CreateTask, GetCursor, type NewTask, PutCursor } from "@outlayer/protocol"
import { createLogger } from "@outlayer/service"
import { expect, test } from "vitest"
import { watchBlocks } from "./watch.ts"

const contractId = "outlayer.near" as AccountId

test("every block from the cursor on is read, skipped heights among them", async () => {
  const world = fakeWorld({ cursor: 9, blocks: { 10: block(10, [1]), 12: block(12, [2, 3]) } })

  await world.watchUntil(() => world.created.length === 3)

  expect(world.created.map((task) => task.request_id)).toEqual([1, 2, 3])
  expect(world.read.slice(0, 3)).toEqual([10, 11, 12])
  expect(world.cursor()).toBeGreaterThanOrEqual(10)
})

test("a height that is not final yet is asked for again, not passed over", async () => {
  const world = fakeWorld({ cursor: 9, final: 9, blocks: { 10: block(10, [1]) }, absentReads: 3 })

  await world.watchUntil(() => world.created.length === 1)

  expect(world.read.slice(0, 4)).toEqual([10, 10, 10, 10])
})

test("without a cursor it begins at the last final block", async () => {
  const world = fakeWorld({ cursor: null, final: 40, blocks: { 40: block(40, [1]) } })
  await world.watchUntil(() => world.created.length === 1)
  expect(world.read[0]).toBe(40)
})

test("what another contract logs, or ours logs in other words, makes no task", async () => {
  const foreign = { ...block(10, [1]) }
  foreign.receipts = foreign.receipts.map((receipt) => ({ ...receipt, executorId: "evil.near" }))
  const other = { ...block(11, []), receipts: [receipt(["hello", "EVENT_JSON:{}"])] }
  const world = fakeWorld({ cursor: 9, blocks: { 10: foreign, 11: other, 12: block(12, [5]) } })

  await world.watchUntil(() => world.created.length > 0)

  expect(world.created.map((task) => task.request_id)).toEqual([5])
})

interface FakeOptions {
  cursor: number | null
  final?: number
  blocks: Record<number, SourceBlock>
  /** How many reads of a block fail before it is there. */
  absentReads?: number
}

function fakeWorld({ cursor, final = 100, blocks, absentReads = 0 }: FakeOptions) {
  const created: NewTask[] = []
  const read: number[] = []
  let kept = cursor
  let absent = absentReads
  const stop = new AbortController()
  let isEnough = () => false
  const coordinator = {
    async call(route: unknown, input: { body?: unknown }) {
      if (route === GetCursor) return { contract_id: contractId, block_height: kept }
      if (route === PutCursor) kept = (input.body as { block_height: number }).block_height
      if (route === CreateTask) created.push(input.body as NewTask)
      if (isEnough()) stop.abort()
      return { created: true }
    },
  }
  const source = {
    endpoint: "fake",
    async read(height: number) {
      read.push(height)
      if (read.length > 1_000) stop.abort()
      if (absent > 0) {
        absent -= 1
        return null
      }
      return blocks[height] ?? null
    },
  }
  return {
    created,
    read,
    cursor: () => kept,
    watchUntil(enough: () => boolean) {
      isEnough = enough
      const finalHeight = async () => final
      const log = createLogger("test", "silent")
      const options = { contractId, coordinator, source, finalHeight, startHeight: 0, log }
      return watchBlocks(options as never, stop.signal)
    },
  }
}

function block(height: number, requestIds: number[]): SourceBlock {
  return { height, timestampNs: 1n, receipts: requestIds.map((id) => receipt([requested(id)])) }
}

function receipt(logs: string[]): SourceBlock["receipts"][number] {
  return {
    receiptId: "1".repeat(32),
    transactionHash: "1".repeat(32),
    executorId: contractId,
    signerId: "alice.near",
    signerPublicKey: null,
    gasBurnt: 5,
    logs,
  }
}

function requested(id: number): string {
  const data_id = Array.from({ length: 32 }, () => id)
  const request_data = JSON.stringify({ request_id: id })
  return `EVENT_JSON:${JSON.stringify({
    standard: "near-outlayer",
    version: "1.0.0",
    event: "execution_requested",
    data: [{ request_data, data_id, timestamp: 1 }],
  })}`
}
