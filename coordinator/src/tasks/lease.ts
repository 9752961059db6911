/** Leases: one worker at a time holds a task, until it says so or its time is up. */
import {
  Capability,
  type LeasedTask,
  type LeaseKey,
  OutlayerError,
  type Settlement,
} from "@outlayer/protocol"
import { sql } from "kysely"
import { z } from "zod"
import { affected, type Db, firstRow, rows, Time } from "../db.ts"
import type { QueueEntry } from "../queue/queue.ts"
import { ENTRY, Entry } from "./entry.ts"
import { LeasedRow, readLeased } from "./leased-task.ts"

/**
 * Leases a queued task to one worker: the row's lock lets one of many have it. Undefined when it
 * is no longer there to be had, which is common: the queue only suggests.
 */
export async function claim(
  db: Db,
  taskId: string,
  options: { workerId: string; leaseSeconds: number; height: number | undefined },
): Promise<LeasedTask | undefined> {
  const { workerId, leaseSeconds, height } = options
  const row = await firstRow(
    db,
    LeasedRow,
    sql`
      with claimed as (
        update tasks
        set state = 'leased', attempt = attempt + 1, worker_id = ${workerId}, leased_at = now(),
          lease_token = gen_random_uuid(),
          lease_expires_at = now() + make_interval(secs => ${leaseSeconds})
        where id = ${taskId} and state = 'queued' and run_after <= now()
          and (kind = 'compile' or verdict is not null or wasm_hash is not null)
        returning *
      ), taken as (
        update requests set taken_height = ${height ?? null}::bigint
        where taken_height is null and id in (
          select request from claimed where kind = 'execute'
          union select waiting.request from claimed
          join tasks waiting on waiting.waits_for = claimed.id and waiting.state = 'waiting'
        )
      )
      select claimed.*, requests.contract_id, requests.chain, requests.context,
        requests.resolved_commit, requests.deadline_height, requests.compile_time_ms,
        requests.compilation_note,
        coalesce(requests.taken_height, ${height ?? null}::bigint) - requests.block_height as taken_after,
        builds.record
      from claimed
      join requests on requests.id = claimed.request
      left join builds on builds.wasm_hash = claimed.wasm_hash
        and builds.repo_key = claimed.repo_key and builds.commit_hash = claimed.commit_hash
        and builds.build_target = claimed.build_target
      limit 1
    `,
  )
  return row && readLeased(row, leaseSeconds)
}

/** Postgres' word for "still yours". */
function isHeld({ task_id, lease_token, attempt }: LeaseKey) {
  return sql`
    tasks.id = ${task_id} and lease_token = ${lease_token} and attempt = ${attempt}
      and state = 'leased' and lease_expires_at > now()
  `
}

export async function extend(db: Db, key: LeaseKey, leaseSeconds: number): Promise<string> {
  const row = await firstRow(
    db,
    z.object({ lease_expires_at: Time }),
    sql`
      update tasks set lease_expires_at = now() + make_interval(secs => ${leaseSeconds})
      where ${isHeld(key)} returning lease_expires_at
    `,
  )
  if (!row) throw leaseLost(key)
  return row.lease_expires_at
}

/** Only who holds the lease may record, and hence send, a transaction. */
export async function recordSettlement(
  db: Db,
  key: LeaseKey,
  settlement: Settlement,
): Promise<void> {
  const recorded = await affected(
    db,
    sql`
      update tasks set settlement = ${JSON.stringify(settlement)}
      where ${isHeld(key)} and kind = 'execute'
    `,
  )
  if (recorded === 0) throw leaseLost(key)
}

/** Returns what to push; nothing while the delay lasts, then the refill does it. */
export async function release(db: Db, key: LeaseKey, delaySeconds: number): Promise<QueueEntry[]> {
  const released = await rows(
    db,
    Entry.extend({ state: z.string() }),
    sql`
      update tasks
      set state = ${STATE_WITHOUT_LEASE}, run_after = now() + make_interval(secs => ${delaySeconds})
      where ${isHeld(key)} returning ${ENTRY}, state
    `,
  )
  if (released.length === 0) throw leaseLost(key)
  return delaySeconds > 0 ? [] : released.filter(({ state }) => state === "queued")
}

/** An execution whose wasm went missing meanwhile has to be planned anew. */
export const STATE_WITHOUT_LEASE = sql`
  case when kind = 'execute' and verdict is null and wasm_hash is null
    then 'resolving' else 'queued' end::task_state
`

export function leaseLost({ task_id, attempt }: LeaseKey): OutlayerError {
  return new OutlayerError("lease_lost", `Attempt ${attempt} does not hold task ${task_id}`)
}

export async function kindOf(db: Db, taskId: string): Promise<Capability | undefined> {
  const row = await firstRow(
    db,
    z.object({ kind: Capability }),
    sql`select kind from tasks where id = ${taskId}`,
  )
  return row?.kind
}
