/** The long poll: the queue suggests an id, Postgres decides, until there is a task or no time. */
import type { Capability, LeasedTask } from "@outlayer/protocol"
import { sql } from "kysely"
import { z } from "zod"
import type { HeightTracker } from "../chain.ts"
import { type Db, firstRow } from "../db.ts"
import type { TaskQueue } from "../queue/queue.ts"
import type { Bell } from "./bell.ts"
import { claim, release } from "./lease.ts"

/** A push may go unheard while Redis is away, and what is delayed becomes due in silence. */
const LOOK_AGAIN_MS = 1_000

export interface PollOptions {
  capabilities: readonly Capability[]
  workerId: string
  leaseSeconds: number
  timeoutMs: number
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal
}

export async function pollTask(
  deps: { db: Db; queue: TaskQueue; bell: Bell; heights: HeightTracker },
  { capabilities, workerId, leaseSeconds, timeoutMs, signal }: PollOptions,
): Promise<LeasedTask | undefined> {
  const { db, queue, bell, heights } = deps
  const until = performance.now() + timeoutMs
  for (;;) {
    if (signal.aborted) return undefined
    const id = await next(db, queue, capabilities)
    if (id !== undefined) {
      const task = await claim(db, id, { workerId, leaseSeconds, height: heights.recent() })
      if (!task) continue
      if (!signal.aborted) return task
      await queue.push(await release(db, task.key, 0))
      return undefined
    }
    const leftMs = until - performance.now()
    if (leftMs <= 0) return undefined
    await bell.wait(capabilities, Math.min(leftMs, LOOK_AGAIN_MS), signal)
  }
}

/** Without its queue the coordinator still serves the oldest: it loses fairness, not tasks. */
async function next(
  db: Db,
  queue: TaskQueue,
  capabilities: readonly Capability[],
): Promise<string | undefined> {
  try {
    return await queue.pop(capabilities)
  } catch {
    const oldest = await firstRow(
      db,
      z.object({ id: z.uuid() }),
      sql`
        select id from tasks
        where state = 'queued' and kind::text = any(${[...capabilities]}::text[])
          and run_after <= now() and (kind = 'compile' or coalesce(verdict::text, wasm_hash) is not null)
        order by created_at limit 1 for update skip locked
      `,
    )
    return oldest?.id
  }
}
