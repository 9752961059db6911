/** Rows of tasks on their way into the queue. */
import { Capability, type Failure } from "@outlayer/protocol"
import { type FailureCode, LIMITS } from "@outlayer/protocol/pure"
import { cutText } from "@outlayer/service"
import { sql } from "kysely"
import { z } from "zod"
import { type Db, rows } from "../db.ts"
import type { QueueEntry } from "../queue/queue.ts"

/** `returning` or `select` this from `tasks` for an entry of the queue. */
export const ENTRY = sql.raw("tasks.id, tasks.sender_id as sender, tasks.kind as capability")
export const Entry = z.object({ id: z.uuid(), sender: z.string(), capability: Capability })

/** One of ours. What workers say comes from the wire, and is checked in `tasks.ts`. */
export function failure(code: FailureCode, message: string): Failure {
  return { code, message }
}

/**
 * Gives an execution that no worker holds a failure to settle instead of running. The first
 * verdict stands.
 */
export async function setVerdict(db: Db, taskId: string, failure: Failure): Promise<QueueEntry[]> {
  return rows(
    db,
    Entry,
    sql`
      update tasks
      set state = 'queued', verdict = ${encodeFailure(failure)}, waits_for = null, run_after = now()
      where id = ${taskId} and kind = 'execute' and verdict is null
        and state in ('checking', 'resolving', 'waiting', 'queued')
      returning ${ENTRY}
    `,
  )
}

export function encodeFailure({ code, message }: Failure): string {
  return JSON.stringify({ code, message: storable(message, LIMITS.errorMessageBytes) })
}

/** Texts come from tools and guests: cut to size, and without NUL, which Postgres cannot store. */
export function storable(text: string, maxBytes: number): string {
  return cutText(text.replaceAll("\0", ""), maxBytes)
}
