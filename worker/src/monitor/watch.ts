/** The event monitor: reads final blocks one after another and posts every request it sees. */
import type { BlockSource } from "@outlayer/near"
import { type AccountId, CreateTask, GetCursor, PutCursor } from "@outlayer/protocol"
import type { Logger } from "@outlayer/service"
import { setTimeout as sleep } from "node:timers/promises"
import type { Coordinator } from "../coordinator.ts"
import { findRequests } from "./find-requests.ts"

const RETRY_MS = 1_000
/** A cursor that lags makes a successor read some blocks twice, which changes nothing. */
const CURSOR_MS = 1_000

export interface WatchOptions {
  contractId: AccountId
  coordinator: Coordinator
  source: BlockSource
  /** Height of the last final block: tells a block that was skipped from one not made yet. */
  finalHeight: () => Promise<number>
  /** Where to begin when no cursor is kept; 0 is the last final block. */
  startHeight: number
  log: Logger
}

/** Runs until `stop`. No block is passed over: what cannot be read or posted is tried again. */
export async function watchBlocks(options: WatchOptions, stop: AbortSignal): Promise<void> {
  const { log } = options
  let next = await retry(() => findStart(options), options, stop)
  log.info({ height: next, source: options.source.endpoint }, "watching blocks")
  let keptAt = 0
  while (!stop.aborted && next !== undefined) {
    const height = next
    if (!(await retry(() => handleHeight(height, options, stop), options, stop))) continue
    next = height + 1
    if (Date.now() - keptAt < CURSOR_MS) continue
    keptAt = Date.now()
    await keepCursor(height, options)
  }
}

async function findStart({ contractId, coordinator, finalHeight, startHeight }: WatchOptions) {
  const { block_height } = await coordinator.call(GetCursor, { query: { contract_id: contractId } })
  if (block_height !== null) return block_height + 1
  return startHeight || finalHeight()
}

/** Whether the height is dealt with; false where the chain has not come so far. */
async function handleHeight(height: number, options: WatchOptions, stop: AbortSignal) {
  const block = await options.source.read(height, stop)
  // "No block" of a height that is final means skipped. Of a later one it means nothing yet.
  if (!block) return (await options.finalHeight()) > height
  for (const task of findRequests(block, options.contractId)) {
    const { created } = await options.coordinator.call(CreateTask, { body: task })
    options.log.info({ requestId: task.request_id, height, created }, "request seen")
  }
  return true
}

async function keepCursor(height: number, { contractId, coordinator, log }: WatchOptions) {
  try {
    await coordinator.call(PutCursor, { body: { contract_id: contractId, block_height: height } })
  } catch (err) {
    log.warn({ err }, "cursor not kept")
  }
}

async function retry<T>(work: () => Promise<T>, { log }: WatchOptions, stop: AbortSignal) {
  while (!stop.aborted) {
    try {
      return await work()
    } catch (err) {
      if (stop.aborted) break
      log.warn({ err }, "monitor tries again")
      await sleep(RETRY_MS, undefined, { signal: stop }).catch(() => {})
    }
  }
  return undefined
}
