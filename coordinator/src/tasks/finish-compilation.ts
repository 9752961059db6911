/** How a compilation ends, and what becomes of the executions that waited for it. */
import { type CompleteTask, type Failure, type LeaseKey, OutlayerError } from "@outlayer/protocol"
import { sql } from "kysely"
import { z } from "zod"
import { type Db, firstRow, rows } from "../db.ts"
import type { QueueEntry } from "../queue/queue.ts"
import { encodeFailure, ENTRY, Entry, storable } from "./entry.ts"
import { isFinished, isLatest } from "./finish-execution.ts"
import { leaseLost } from "./lease.ts"
import { lockBuildKey } from "./plan.ts"

type Completion = Extract<z.output<(typeof CompleteTask)["body"]>, { kind: "compile" }>

const Key = z
  .object({ repo_key: z.string(), commit_hash: z.string(), build_target: z.string() })
  .transform((row) => ({
    repoKey: row.repo_key,
    commit: row.commit_hash,
    buildTarget: row.build_target,
  }))

const Ended = z.object({ id: z.uuid(), request: z.uuid(), max_compile_seconds: z.number() })

/** The wasm has been uploaded; whoever waited runs it. Returns what to push. */
export async function completeCompilation(db: Db, done: Completion): Promise<QueueEntry[]> {
  return withKeyLocked(db, done.task_id, async (tx, key) => {
    const ended = await end(tx, done, "done", null)
    if (!ended) return (await isFinished(tx, done)) ? [] : lost(done)
    const built = await firstRow(
      tx,
      z.object({ wasm_hash: z.string() }),
      sql`
        select wasm_hash from builds
        where repo_key = ${key.repoKey} and commit_hash = ${key.commit}
          and build_target = ${key.buildTarget} and wasm_hash = ${done.wasm_hash} limit 1
      `,
    )
    if (!built) throw new OutlayerError("bad_request", `${done.wasm_hash} was not uploaded`)
    await charge(tx, ended, done.compile_time_ms)
    return rows(
      tx,
      Entry,
      sql`
        update tasks
        set state = 'queued', waits_for = null, wasm_hash = ${done.wasm_hash}, run_after = now()
        where waits_for = ${ended.id} and state = 'waiting'
        returning ${ENTRY}
      `,
    )
  })
}

export interface FailedCompilation {
  error: Failure
  compileTimeMs: number | null
  log: string | null
}

/** Whoever waited settles the failure. Returns what to push. */
export async function failCompilation(
  db: Db,
  key: LeaseKey,
  failed: FailedCompilation,
): Promise<QueueEntry[]> {
  return withKeyLocked(db, key.task_id, async (tx) => {
    const log = failed.log === null ? null : storable(failed.log, 16_384)
    const ended = await end(tx, key, "failed", log)
    if (!ended) return (await isFinished(tx, key)) ? [] : lost(key)
    return giveVerdicts(tx, ended, failed)
  })
}

/** For a compilation that has cost too many workers their lease. */
export async function abandonCompilation(
  db: Db,
  taskId: string,
  error: Failure,
): Promise<QueueEntry[]> {
  return withKeyLocked(db, taskId, async (tx) => {
    const ended = await firstRow(
      tx,
      Ended,
      sql`
        update tasks set state = 'failed', finished_at = now()
        where id = ${taskId} and kind = 'compile' and state = 'queued'
        returning id, request, max_compile_seconds
      `,
    )
    return ended ? giveVerdicts(tx, ended, { error, compileTimeMs: null, log: null }) : []
  })
}

/** What took one request's time limit may fit into another's: those are planned anew. */
async function giveVerdicts(
  tx: Db,
  ended: z.output<typeof Ended>,
  { error, compileTimeMs }: FailedCompilation,
): Promise<QueueEntry[]> {
  if (compileTimeMs !== null) await charge(tx, ended, compileTimeMs)
  if (error.code === "compile_timeout") {
    await sql`
      update tasks set state = 'resolving', waits_for = null, run_after = now()
      where waits_for = ${ended.id} and state = 'waiting'
        and max_compile_seconds > ${ended.max_compile_seconds}
    `.execute(tx)
  }
  return rows(
    tx,
    Entry,
    sql`
      update tasks
      set state = 'queued', waits_for = null, verdict = ${encodeFailure(error)}, run_after = now()
      where waits_for = ${ended.id} and state = 'waiting'
      returning ${ENTRY}
    `,
  )
}

/**
 * In a transaction that holds the key's lock, so that nobody begins to wait meanwhile; each of its
 * statements then sees everybody who waits.
 */
async function withKeyLocked(
  db: Db,
  taskId: string,
  work: (tx: Db, key: z.output<typeof Key>) => Promise<QueueEntry[]>,
): Promise<QueueEntry[]> {
  const key = await firstRow(
    db,
    Key,
    sql`
      select repo_key, commit_hash, build_target from tasks
      where id = ${taskId} and kind = 'compile'
    `,
  )
  if (!key) throw new OutlayerError("task_not_found", `No compilation ${taskId}`)
  return db.transaction().execute(async (tx) => {
    await lockBuildKey(tx, key)
    return work(tx, key)
  })
}

async function end(tx: Db, key: LeaseKey, state: "done" | "failed", log: string | null) {
  return firstRow(
    tx,
    Ended,
    sql`
      update tasks set state = ${state}::task_state, finished_at = now(), log = ${log}
      where id = ${key.task_id} and kind = 'compile' and ${isLatest(key)}
        and state in ('leased', 'queued')
      returning id, request, max_compile_seconds
    `,
  )
}

/**
 * The request that caused the compilation pays for it, if it has not ended without; never for more
 * than it may take: the time of a worker that stalls, or cleans up, is not the sender's.
 */
async function charge(
  tx: Db,
  { request, max_compile_seconds }: z.output<typeof Ended>,
  compileTimeMs: number,
): Promise<void> {
  await sql`
    update requests set compile_time_ms = ${Math.min(compileTimeMs, max_compile_seconds * 1_000)}
    where id = ${request} and finished_at is null and compile_time_ms is null
  `.execute(tx)
}

function lost(key: LeaseKey): never {
  throw leaseLost(key)
}
