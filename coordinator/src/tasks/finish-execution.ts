/** How an execution ends: as its worker says, which asked the chain. */
import type { CompleteTask, Failure, LeaseKey } from "@outlayer/protocol"
import { sql } from "kysely"
import { z } from "zod"
import { affected, type Db, firstRow } from "../db.ts"
import { encodeFailure } from "./entry.ts"
import { leaseLost } from "./lease.ts"

type Completion = Extract<z.output<(typeof CompleteTask)["body"]>, { kind: "execute" }>

/**
 * Keeps the result, even one that comes after the lease or the deadline: the chain has decided
 * already, and nobody else has begun. Once another worker holds a newer attempt it is refused.
 * Saying it twice changes nothing.
 *
 * Without a transaction hash the contract did not know the request any more: the yield has
 * expired, or somebody cancelled or settled it.
 */
export async function completeExecution(
  db: Db,
  completion: Completion,
  height: number | undefined,
): Promise<void> {
  const { tx_hash, summary } = completion
  const { success, error, resources_used, output_hash, sandbox_level, receipt } = summary
  const { attestation_hash } = summary
  const completed = await affected(
    db,
    sql`
      with ended as (
        select tasks.id, tasks.request, tasks.wasm_hash,
          deadline_height <= ${height ?? null}::bigint as is_late
        from tasks join requests on requests.id = tasks.request
        where tasks.id = ${completion.task_id} and kind = 'execute' and ${isLatest(completion)}
          and state in ('leased', 'queued', 'expired')
        for update of tasks
      ), moved as (
        update tasks
        set finished_at = now(), settlement = null,
          state = case when state = 'expired' then 'expired' when ${tx_hash}::text is not null then 'done'
            when ended.is_late then 'expired' else 'gone' end::task_state
        from ended where tasks.id = ended.id
      )
      update requests
      set success = ${success}, error = ${error && encodeFailure(error)},
        resources_used = ${JSON.stringify(resources_used)}, tx_hash = ${tx_hash},
        wasm_hash = ended.wasm_hash, output_hash = ${output_hash},
        sandbox_level = ${sandbox_level}, receipt = ${receipt && JSON.stringify(receipt)},
        attestation_hash = ${attestation_hash}, chain = null, finished_at = now()
      from ended where requests.id = ended.request
    `,
  )
  if (completed === 0 && !(await isFinished(db, completion))) throw leaseLost(completion)
}

/** An execution that can never be settled. An operator may requeue it. */
export async function failExecution(db: Db, key: LeaseKey, error: Failure): Promise<void> {
  const failed = await affected(
    db,
    sql`
      with failed as (
        update tasks set state = 'failed', finished_at = now()
        where id = ${key.task_id} and kind = 'execute' and ${isLatest(key)}
          and state in ('leased', 'queued')
        returning request
      )
      update requests
      set success = false, error = ${encodeFailure(error)}, chain = null, finished_at = now()
      from failed where requests.id = failed.request
    `,
  )
  if (failed === 0 && !(await isFinished(db, key))) throw leaseLost(key)
}

/** The newest attempt, though its lease may have run out. */
export function isLatest({ lease_token, attempt }: LeaseKey) {
  return sql`lease_token = ${lease_token} and attempt = ${attempt}`
}

/** Whether this very lease has ended its task already: its first word may have got lost. */
export async function isFinished(db: Db, key: LeaseKey): Promise<boolean> {
  const row = await firstRow(
    db,
    z.object({ id: z.uuid() }),
    sql`
      select id from tasks
      where id = ${key.task_id} and ${isLatest(key)} and finished_at is not null
    `,
  )
  return row !== undefined
}
