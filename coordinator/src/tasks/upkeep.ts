/** What brings tasks back that a worker, a queue or a crash has lost. */
import { sql } from "kysely"
import { z } from "zod"
import { Count, type Db, rows } from "../db.ts"
import type { QueueEntry } from "../queue/queue.ts"
import { ENTRY, Entry, failure, setVerdict } from "./entry.ts"
import { abandonCompilation } from "./finish-compilation.ts"
import { STATE_WITHOUT_LEASE } from "./lease.ts"

/** A task that so many workers did not survive is taken to be the reason. */
const MAX_LOST_LEASES = 5

/** Takes back what nobody has extended. Returns what to push. */
export async function reapLeases(db: Db): Promise<QueueEntry[]> {
  const reaped = await rows(
    db,
    Entry.extend({ state: z.string(), lost_leases: Count, has_verdict: z.boolean() }),
    sql`
      update tasks
      set state = ${STATE_WITHOUT_LEASE}, lost_leases = lost_leases + 1, run_after = now()
      where state = 'leased' and lease_expires_at <= now()
      returning ${ENTRY}, state, lost_leases, verdict is not null as has_verdict
    `,
  )
  const error = failure(
    "infrastructure",
    `${MAX_LOST_LEASES} workers in a row did not come back with this task`,
  )
  const entries = reaped.map(async ({ state, lost_leases, has_verdict, ...entry }) => {
    if (lost_leases >= MAX_LOST_LEASES) {
      if (entry.capability === "compile") return abandonCompilation(db, entry.id, error)
      if (!has_verdict) return setVerdict(db, entry.id, error)
    }
    return state === "queued" ? [entry] : []
  })
  return (await Promise.all(entries)).flat()
}

const REFILL_LIMIT = 2_000

/**
 * All that should be in the queue, a compilation once for each sender that waits for it. Pushing
 * what is there already changes nothing.
 */
export async function findQueued(db: Db): Promise<QueueEntry[]> {
  return rows(
    db,
    Entry,
    sql`
      (
        select ${ENTRY} from tasks where state = 'queued' and run_after <= now()
        order by created_at limit ${REFILL_LIMIT}
      ) union (
        select distinct tasks.id, waiting.sender_id, tasks.kind
        from tasks join tasks waiting on waiting.waits_for = tasks.id
        where waiting.state = 'waiting' and tasks.state = 'queued' and tasks.run_after <= now()
        limit ${REFILL_LIMIT}
      )
    `,
  )
}

/** Executions whose wasm was evicted or found corrupt are planned anew. */
export async function replanWithoutWasm(db: Db): Promise<void> {
  await sql`
    update tasks set state = 'resolving', run_after = now()
    where kind = 'execute' and state = 'queued' and verdict is null and wasm_hash is null
  `.execute(db)
}
