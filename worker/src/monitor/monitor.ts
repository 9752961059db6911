/** Finds the contract's requests: block by block where there is a source, and always in its state. */
import type { BlockSource } from "@outlayer/near"
import { sweepPending, type SweepOptions } from "./sweep.ts"
import { watchBlocks } from "./watch.ts"

/** Beside a block source the sweep is a net; alone it is the only way. */
const NET_MS = 30_000
const ALONE_MS = 1_000

export interface MonitorOptions extends Omit<SweepOptions, "everyMs"> {
  source: BlockSource | undefined
  startHeight: number
}

export async function monitor(options: MonitorOptions, stop: AbortSignal): Promise<void> {
  const { source, chain } = options
  const finalHeight = async () => (await chain.finalBlock()).height
  await Promise.all([
    sweepPending({ ...options, everyMs: source ? NET_MS : ALONE_MS }, stop),
    source && watchBlocks({ ...options, source, finalHeight }, stop),
  ])
}
