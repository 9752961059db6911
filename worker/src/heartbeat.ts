/** Tells the coordinator that this worker is there. */
import { Heartbeat } from "@outlayer/protocol"
import type { Logger } from "@outlayer/service"
import { setTimeout as sleep } from "node:timers/promises"
import type { Coordinator } from "./coordinator.ts"

const EVERY_MS = 20_000

export interface HeartbeatOptions {
  coordinator: Coordinator
  workerId: string
  sandboxLevel: string | null
  log: Logger
}

/** Runs until `stop`, and says good-bye. */
export async function beat(options: HeartbeatOptions, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await send("online", options)
    await sleep(EVERY_MS, undefined, { signal: stop }).catch(() => {})
  }
  await send("offline", options)
}

async function send(status: "online" | "offline", options: HeartbeatOptions): Promise<void> {
  const { coordinator, workerId, sandboxLevel, log } = options
  const body = {
    worker_id: workerId,
    worker_name: workerId,
    status,
    current_task_id: null,
    sandbox_level: sandboxLevel,
  }
  await coordinator.call(Heartbeat, { body }).catch((err) => log.warn({ err }, "heartbeat lost"))
}
