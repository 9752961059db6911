/** Slots: each takes one task after another, waiting at the coordinator while there is none. */
import { type Capability, type LeasedTask, PollTask } from "@outlayer/protocol"
import type { Logger } from "@outlayer/service"
import { setTimeout as sleep } from "node:timers/promises"
import type { Coordinator } from "../coordinator.ts"

const POLL_SECONDS = 30
/** Past this the coordinator, or what lies between, has forgotten us. */
const POLL_GRACE_MS = 10_000
const RETRY_MS = 1_000

export interface SlotOptions {
  coordinator: Coordinator
  workerId: string
  log: Logger
  /** Throws while this worker must not take anything. */
  requireLive: () => Promise<void>
  /** Does the task and tells the coordinator so. */
  work: (task: LeasedTask) => Promise<void>
}

/** Runs `count` slots of one capability until `stop`; then each has given its task back. */
export async function runSlots(
  capability: Capability,
  count: number,
  options: SlotOptions,
  stop: AbortSignal,
): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => runSlot(capability, options, stop)))
}

async function runSlot(capability: Capability, options: SlotOptions, stop: AbortSignal) {
  const { coordinator, workerId, log, requireLive, work } = options
  const query = { timeout: POLL_SECONDS, capabilities: [capability], worker_id: workerId }
  while (!stop.aborted) {
    try {
      await requireLive()
      const patience = AbortSignal.timeout(POLL_SECONDS * 1_000 + POLL_GRACE_MS)
      const task = await coordinator.call(PollTask, { query }, AbortSignal.any([stop, patience]))
      if (task) await work(task)
    } catch (err) {
      if (stop.aborted) return
      log.warn({ err, capability }, "task abandoned")
      await sleep(RETRY_MS, undefined, { signal: stop }).catch(() => {})
    }
  }
}
