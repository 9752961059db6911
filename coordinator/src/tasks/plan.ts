/** An execution whose commit is known: run what the cache has, or wait for one compilation. */
import { sql } from "kysely"
import { z } from "zod"
import { Count, type Db, firstRow, rows } from "../db.ts"
import type { QueueEntry } from "../queue/queue.ts"
import { ENTRY, Entry } from "./entry.ts"

/** What is built, and for whom. */
interface Planned {
  id: string
  request: string
  sender: string
  repo: string
  repoKey: string
  commit: string
  buildTarget: string
  maxCompileSeconds: number
}

/** Plans a task in `resolving`, now that its commit is known. */
export async function planResolved(
  db: Db,
  taskId: string,
  commit: string,
  height: number | undefined,
): Promise<QueueEntry[]> {
  const task = await firstRow(
    db,
    PlannedRow,
    sql`
      with planned as (
        update tasks set commit_hash = ${commit} where id = ${taskId} and state = 'resolving'
        returning id, request, sender_id as sender, repo, repo_key, commit_hash, build_target,
          max_compile_seconds
      ), resolved as (
        update requests set resolved_commit = ${commit}
        from planned where requests.id = planned.request
      )
      select * from planned
    `,
  )
  return task ? plan(db, task, height) : []
}

/**
 * Returns what to push once this has committed. What is built already is queued in one statement;
 * else the lock on the key comes before another look, so that an execution never begins to wait
 * for a compilation that has just ended; and of many requests for one key only the first causes a
 * compilation.
 */
async function plan(db: Db, task: Planned, height: number | undefined): Promise<QueueEntry[]> {
  const queued = await queueBuilt(db, task)
  if (queued.length > 0) return queued
  return db.transaction().execute(async (tx) => {
    await lockBuildKey(tx, task)
    const queuedNow = await queueBuilt(tx, task)
    return queuedNow.length > 0 ? queuedNow : await wait(tx, task, height)
  })
}

/** Until the transaction ends. */
export async function lockBuildKey(
  tx: Db,
  { repoKey, commit, buildTarget }: Pick<Planned, "repoKey" | "commit" | "buildTarget">,
): Promise<void> {
  const key = `${repoKey} ${commit} ${buildTarget}`
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx)
}

/** With the newest build, whatever built it. Nothing is queued where there is none. */
async function queueBuilt(db: Db, task: Planned): Promise<QueueEntry[]> {
  const { id, repoKey, commit, buildTarget } = task
  return rows(
    db,
    Entry,
    sql`
      with build as (
        select wasm_hash, created_at from builds
        where repo_key = ${repoKey} and commit_hash = ${commit} and build_target = ${buildTarget}
        order by created_at desc limit 1
      ), noted as (
        update requests
        set compilation_note = 'Cached WASM from '
          || to_char(build.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        from build where requests.id = ${task.request} and compile_time_ms is null
      )
      update tasks set state = 'queued', wasm_hash = build.wasm_hash, run_after = now()
      from build where tasks.id = ${id} and state in ('checking', 'resolving')
      returning ${ENTRY}
    `,
  )
}

async function wait(tx: Db, task: Planned, height: number | undefined): Promise<QueueEntry[]> {
  // The conflict is updated to what it already says: only a row that is written comes back.
  const compilation = await firstRow(
    tx,
    z.object({ id: z.uuid(), state: z.string() }),
    sql`
      insert into tasks (kind, state, request, sender_id, repo, repo_key, commit_hash, build_target,
        max_compile_seconds)
      select 'compile', 'queued', request, sender_id, ${task.repo}, ${task.repoKey},
        ${task.commit}, ${task.buildTarget}, ${task.maxCompileSeconds}
      from tasks where id = ${task.id} and state in ('checking', 'resolving')
      on conflict (repo_key, commit_hash, build_target)
        where kind = 'compile' and state in ('queued', 'leased')
      do update set kind = 'compile'
      returning id, state
    `,
  )
  // The task has ended otherwise meanwhile.
  if (!compilation) return []
  const waiting = await firstRow(
    tx,
    z.object({ request: z.uuid() }),
    sql`
      update tasks set state = 'waiting', waits_for = ${compilation.id}
      where id = ${task.id} and state in ('checking', 'resolving')
      returning request
    `,
  )
  if (!waiting) return []
  if (compilation.state === "queued") {
    // In the sender's own line too, even if another sender's flood asked for it first.
    return [{ capability: "compile", sender: task.sender, id: compilation.id }]
  }
  await sql`
    update requests set taken_height = ${height ?? null}
    where id = ${task.request} and taken_height is null
  `.execute(tx)
  return []
}

const PlannedRow = z
  .object({
    id: z.uuid(),
    request: z.uuid(),
    sender: z.string(),
    repo: z.string(),
    repo_key: z.string(),
    commit_hash: z.string(),
    build_target: z.string(),
    max_compile_seconds: Count,
  })
  .transform(({ repo_key, commit_hash, build_target, max_compile_seconds, ...rest }) => ({
    ...rest,
    repoKey: repo_key,
    commit: commit_hash,
    buildTarget: build_target,
    maxCompileSeconds: max_compile_seconds,
  }))
