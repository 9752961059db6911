/** A request that was posted, held against the chain: a token does not let its owner invent work. */
import { ChainRequest, EventContext } from "@outlayer/protocol"
import { commitKind, parseBuildTarget, repositoryKey } from "@outlayer/protocol/pure"
import { sql } from "kysely"
import { z } from "zod"
import type { ChainReader, HeightTracker } from "../chain.ts"
import { Count, type Db, firstRow, rows } from "../db.ts"
import type { QueueEntry } from "../queue/queue.ts"
import { setVerdict } from "./entry.ts"
import { plan, PlannedRow } from "./plan.ts"

const Unchecked = z.object({
  id: z.uuid(),
  request: z.uuid(),
  contract_id: z.string(),
  request_id: Count,
  data_id: z.instanceof(Buffer),
  context: EventContext.nullable(),
  tries: Count,
})
type Unchecked = z.output<typeof Unchecked>

/** An endpoint that is behind the block of the event is asked again this often. */
const MAX_TRIES = 30
const RETRY_SECONDS = 1
/** Then it is due again, should the process have died. To check twice is harmless. */
const PREPARE_SECONDS = 5

/** Takes requests to check; `skip locked` lets several coordinators share them. */
export async function takeUnchecked(db: Db, limit: number): Promise<Unchecked[]> {
  return rows(
    db,
    Unchecked,
    sql`
      update tasks set run_after = now() + make_interval(secs => ${PREPARE_SECONDS}),
        tries = tries + 1
      from requests
      where requests.id = tasks.request and tasks.id in (
        select id from tasks where state = 'checking' and run_after <= now()
        order by created_at limit ${limit} for update skip locked
      )
      returning tasks.id, tasks.request, tasks.tries, contract_id, request_id, data_id, context
    `,
  )
}

/** Returns what to push. Throws when the chain cannot be asked; the task is then due again. */
export async function check(
  deps: { db: Db; chain: ChainReader; heights: HeightTracker },
  task: Unchecked,
): Promise<QueueEntry[]> {
  const { db, chain } = deps
  try {
    const { height, request } = await ask(deps, task)
    if (!request || !task.data_id.equals(request.data_id)) {
      const isBehind = !request && height < (task.context?.block_height ?? 0)
      if (isBehind && task.tries < MAX_TRIES) await retry(db, task)
      else await markGone(db, task)
      return []
    }
    await record(db, task, request, await chain.yieldTimeoutBlocks())
    return await start(db, task.id, request, height)
  } catch (error) {
    await retry(db, task)
    throw error
  }
}

async function ask(
  { chain, heights }: { chain: ChainReader; heights: HeightTracker },
  task: Unchecked,
) {
  const read = () => chain.getRequest(task.contract_id, task.request_id)
  const [height, request] = await Promise.all([heights.read(), read()])
  // Once more, after the height: what is not known at a later block will not be known again.
  return { height, request: request ?? (await read()) }
}

async function retry(db: Db, task: Unchecked): Promise<void> {
  await sql`
    update tasks set run_after = now() + make_interval(secs => ${RETRY_SECONDS})
    where id = ${task.id} and state = 'checking'
  `.execute(db)
}

async function markGone(db: Db, task: Unchecked): Promise<void> {
  await sql`
    update tasks set state = 'gone', finished_at = now()
    where id = ${task.id} and state = 'checking'
  `.execute(db)
}

async function record(db: Db, task: Unchecked, request: ChainRequest, timeoutBlocks: number) {
  const { code_source: source } = request
  await sql`
    with checked as (
      update tasks
      set sender_id = ${request.sender_id}, repo = ${source.repo},
        repo_key = ${repositoryKey(source.repo) ?? null},
        commit_hash = ${commitKind(source.commit) === "full" ? source.commit.toLowerCase() : null},
        build_target = ${parseBuildTarget(source.build_target) ?? null},
        max_compile_seconds = ${request.resource_limits.max_compile_seconds}
      where id = ${task.id} and state = 'checking'
      returning request
    )
    update requests
    set chain = ${JSON.stringify(z.encode(ChainRequest, request))},
      request_hash = ${request.request_hash}, sender_id = ${request.sender_id},
      repo = ${source.repo}, commit_asked = ${source.commit},
      build_target = ${source.build_target}, block_height = ${request.block_height},
      deadline_height = ${request.block_height + timeoutBlocks}
    from checked where requests.id = checked.request
  `.execute(db)
}

/** From here on the request's own spelling decides; a full commit needs nobody's help. */
async function start(db: Db, taskId: string, request: ChainRequest, height: number) {
  const { repo, commit, build_target } = request.code_source
  if (!repositoryKey(repo)) {
    return setVerdict(db, taskId, failure("repository_not_found", `No repository address: ${repo}`))
  }
  if (!parseBuildTarget(build_target)) {
    return setVerdict(db, taskId, failure("target_unsupported", `No such target: ${build_target}`))
  }
  if (!commitKind(commit)) {
    return setVerdict(db, taskId, failure("commit_not_found", `No branch, tag or hash: ${commit}`))
  }
  const resolving = await firstRow(
    db,
    z.object({ is_full: z.boolean() }),
    sql`
      update tasks set state = 'resolving', run_after = now(), tries = 0
      where id = ${taskId} and state = 'checking'
      returning commit_hash is not null as is_full
    `,
  )
  return resolving?.is_full ? planResolved(db, taskId, height) : []
}

/** Plans a task in `resolving` whose commit is known. */
export async function planResolved(
  db: Db,
  taskId: string,
  height: number | undefined,
): Promise<QueueEntry[]> {
  const task = await firstRow(
    db,
    PlannedRow,
    sql`
      with planned as (
        select id, request, sender_id as sender, repo, repo_key, commit_hash, build_target,
          max_compile_seconds
        from tasks where id = ${taskId} and state = 'resolving' and commit_hash is not null
      ), resolved as (
        update requests set resolved_commit = commit_hash
        from planned where requests.id = planned.request
      )
      select * from planned
    `,
  )
  return task ? plan(db, task, height) : []
}

function failure(code: string, message: string) {
  return { code, message }
}
