/** A branch, tag or short hash becomes the full commit that everything afterwards names. */
import { sql } from "kysely"
import { z } from "zod"
import type { HeightTracker } from "../chain.ts"
import { Count, type Db, rows } from "../db.ts"
import type { QueueEntry } from "../queue/queue.ts"
import type { ResolveCommit } from "../repositories/resolve-commit.ts"
import { setVerdict } from "./entry.ts"
import { planResolved } from "./plan.ts"

const Unresolved = z.object({
  id: z.uuid(),
  sender: z.string(),
  repo: z.string(),
  commit_asked: z.string(),
  commit_hash: z.string().nullable(),
  tries: Count,
})
export type Unresolved = z.output<typeof Unresolved>

/** Then a repository that does not answer is a failure of ours: the chain's clock is running. */
const MAX_TRIES = 3
const RETRY_SECONDS = 2
/** Then it is due again, should the process have died. To resolve twice is harmless. */
const PREPARE_SECONDS = 10

/** One of each sender at a time: a host that never answers must not keep others waiting. */
export async function takeUnresolved(
  db: Db,
  limit: number,
  busySenders: readonly string[],
): Promise<Unresolved[]> {
  return rows(
    db,
    Unresolved,
    sql`
      update tasks set run_after = now() + make_interval(secs => ${PREPARE_SECONDS}),
        tries = tries + 1
      from requests
      where requests.id = tasks.request and tasks.id in (
        select id from tasks
        where state = 'resolving' and run_after <= now() and id in (
          select distinct on (sender_id) id from tasks
          where state = 'resolving' and run_after <= now()
            and not sender_id = any(${[...busySenders]}::text[])
          order by sender_id, created_at
        )
        order by created_at limit ${limit} for update skip locked
      )
      returning tasks.id, tasks.sender_id as sender, tasks.repo, commit_asked, commit_hash,
        tasks.tries
    `,
  )
}

/** Returns what to push. */
export async function resolve(
  deps: { db: Db; heights: HeightTracker; resolveCommit: ResolveCommit },
  task: Unresolved,
): Promise<QueueEntry[]> {
  const { db, heights, resolveCommit } = deps
  const found = task.commit_hash
    ? { commit: task.commit_hash }
    : await resolveCommit(task.repo, task.commit_asked)
  if ("commit" in found) return planResolved(db, task.id, found.commit, heights.recent())
  const isFinal = found.failure.code !== "repository_unreachable" || task.tries >= MAX_TRIES
  if (isFinal) return setVerdict(db, task.id, found.failure)
  await sql`
    update tasks set run_after = now() + make_interval(secs => ${RETRY_SECONDS})
    where id = ${task.id} and state = 'resolving'
  `.execute(db)
  return []
}
