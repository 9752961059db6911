/** A failed task gets another chance, when the operator says so. */
import { sql } from "kysely"
import { affected, type Db } from "../db.ts"
import { kindOf } from "./lease.ts"

/**
 * An execution begins anew with the question whether the chain still knows it. A failed
 * compilation only fills the cache: who waited for it has had an answer. Undefined when there is
 * no such task; false when it has not failed, or its key is being compiled already.
 */
export async function requeue(db: Db, taskId: string): Promise<boolean | undefined> {
  const kind = await kindOf(db, taskId)
  if (!kind) return undefined
  const requeued = await affected(
    db,
    kind === "execute"
      ? sql`
          with again as (
            update tasks
            set state = 'checking', verdict = null, wasm_hash = null, tries = 0, lost_leases = 0,
              run_after = now(), finished_at = null
            where id = ${taskId} and state = 'failed' returning request
          )
          update requests set success = null, error = null, finished_at = null
          from again where requests.id = again.request
        `
      : sql`
          update tasks set state = 'queued', lost_leases = 0, run_after = now(), finished_at = null
          where id = ${taskId} and state = 'failed' and not exists (
            select from tasks other
            where other.kind = 'compile' and other.state in ('queued', 'leased')
              and other.repo_key = tasks.repo_key and other.commit_hash = tasks.commit_hash
              and other.build_target = tasks.build_target
          )
        `,
  )
  return requeued > 0
}
