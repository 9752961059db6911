/** The chain's clock: what cannot be run in time is settled as a failure, or has expired. */
import { LIMITS } from "@outlayer/protocol/pure"
import { settleBlocks } from "@outlayer/protocol"
import { sql } from "kysely"
import { z } from "zod"
import { affected, Count, type Db, firstRow, rows } from "../db.ts"
import type { QueueEntry } from "../queue/queue.ts"
import { encodeFailure, ENTRY, Entry, failure } from "./entry.ts"

/**
 * Every execution that nobody holds and that can hardly begin any more gets its verdict: the
 * deadline's if a worker took a task of its request soon and kept it, else ours. The compilation that it
 * waited for goes on; what it took until now is charged to the request that caused it.
 */
export async function giveUpLate(
  db: Db,
  height: number,
  timeoutBlocks: number,
): Promise<QueueEntry[]> {
  const exceeded = failure(
    "deadline_exceeded",
    "The chain's deadline came before the program could be compiled and run",
  )
  const capacity = failure("capacity", "No worker was free to take this request soon enough")
  const infrastructure = failure(
    "infrastructure",
    "A worker took this request and had to give it back; then the chain's deadline came",
  )
  return rows(
    db,
    Entry,
    sql`
      with late as (
        select tasks.id, tasks.waits_for, tasks.request,
          tasks.attempt > 0 or coalesce(compiling.attempt, 0) > 1 as came_back,
          taken_height - block_height <= ${LIMITS.capacityGraceBlocks} as was_taken
        from tasks join requests on requests.id = tasks.request
        left join tasks compiling on compiling.id = tasks.waits_for
        where tasks.kind = 'execute' and tasks.state in ('resolving', 'waiting', 'queued')
          and tasks.verdict is null
          and deadline_height - ${settleBlocks(timeoutBlocks)} <= ${height}::bigint
        for update of tasks skip locked
      ), charged as (
        update requests
        set compile_time_ms = least(
          extract(epoch from now() - compiling.leased_at) * 1000,
          compiling.max_compile_seconds * 1000
        )::bigint
        from late join tasks compiling on compiling.id = late.waits_for
        where requests.id = late.request and compiling.request = requests.id
          and compiling.state = 'leased' and late.was_taken
      )
      update tasks
      set state = 'queued', waits_for = null, run_after = now(),
        verdict = case when late.came_back then ${encodeFailure(infrastructure)}::json
          when late.was_taken then ${encodeFailure(exceeded)}::json
          else ${encodeFailure(capacity)}::json end
      from late where tasks.id = late.id
      returning ${ENTRY}
    `,
  )
}

/** Settling takes a few blocks; the chain resolves an expired yield one or two blocks later. */
const EXPIRY_BLOCKS = 3

/**
 * Closes what nobody holds and the chain has refunded. Where a settlement was recorded an executor
 * may still find out how it ended: such a task stays for a yield's life.
 */
export async function closeExpired(db: Db, height: number, timeoutBlocks: number): Promise<number> {
  const error = failure("expired", "The yield expired unanswered")
  return affected(
    db,
    sql`
      with expired as (
        update tasks set state = 'expired', finished_at = now(), waits_for = null
        from requests
        where requests.id = tasks.request and kind = 'execute'
          and state in ('resolving', 'waiting', 'queued')
          and deadline_height + ${EXPIRY_BLOCKS}
            + case when settlement is null then 0 else ${timeoutBlocks}::int end <= ${height}::bigint
        returning requests.id
      )
      update requests set success = false, error = ${encodeFailure(error)}, chain = null, finished_at = now()
      from expired where requests.id = expired.id
    `,
  )
}

/** While there is nothing open nobody needs to know the height. */
export async function hasOpenExecutions(db: Db): Promise<boolean> {
  const row = await firstRow(
    db,
    z.object({ count: Count }),
    sql`
      select count(*) from (
        select from tasks where state in ('resolving', 'waiting', 'queued', 'leased') limit 1
      ) as open
    `,
  )
  return (row?.count ?? 0) > 0
}
