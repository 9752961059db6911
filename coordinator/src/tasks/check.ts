/** A request that was posted, held against the chain: a token does not let its owner invent work. */
import { ChainRequest, EventContext, type Failure } from "@outlayer/protocol"
import { commitKind, parseBuildTarget, repositoryKey } from "@outlayer/protocol/pure"
import { sql } from "kysely"
import { z } from "zod"
import type { ChainReader, HeightTracker } from "../chain.ts"
import { Count, type Db, firstRow, rows } from "../db.ts"
import type { QueueEntry } from "../queue/queue.ts"
import { failure, setVerdict } from "./entry.ts"
import { planResolved } from "./plan.ts"

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
    const deadline = request.block_height + (await chain.yieldTimeoutBlocks())
    const refusal = refuse(request)
    const commit = await record(db, task, request, deadline, refusal ? "checking" : "resolving")
    if (refusal) return await setVerdict(db, task.id, refusal)
    return commit === undefined ? [] : await planResolved(db, task.id, commit, height)
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

/** Returns the commit where it is a full one, which needs nobody's help. */
async function record(
  db: Db,
  task: Unchecked,
  request: ChainRequest,
  deadlineHeight: number,
  state: "checking" | "resolving",
): Promise<string | undefined> {
  const { code_source: source } = request
  const recorded = await firstRow(
    db,
    z.object({ commit_hash: z.string().nullable() }),
    sql`
      with checked as (
        update tasks
        set sender_id = ${request.sender_id}, repo = ${source.repo},
          repo_key = ${repositoryKey(source.repo) ?? null},
          commit_hash = ${commitKind(source.commit) === "full" ? source.commit.toLowerCase() : null},
          build_target = ${parseBuildTarget(source.build_target) ?? null},
          max_compile_seconds = ${request.resource_limits.max_compile_seconds},
          state = ${state}::task_state, run_after = now(), tries = 0
        where id = ${task.id} and state = 'checking'
        returning request, commit_hash
      )
      update requests
      set chain = ${JSON.stringify(z.encode(ChainRequest, request))},
        request_hash = ${request.request_hash}, sender_id = ${request.sender_id},
        repo = ${source.repo}, commit_asked = ${source.commit},
        build_target = ${source.build_target}, block_height = ${request.block_height},
        deadline_height = ${deadlineHeight}
      from checked where requests.id = checked.request
      returning commit_hash
    `,
  )
  return recorded?.commit_hash ?? undefined
}

/** From here on the request's own spelling decides. */
function refuse({ code_source }: ChainRequest): Failure | undefined {
  const { repo, commit, build_target } = code_source
  if (!repositoryKey(repo)) {
    return failure("repository_not_found", `No repository address: ${repo}`)
  }
  if (!parseBuildTarget(build_target)) {
    return failure("target_unsupported", `No such target: ${build_target}`)
  }
  return commitKind(commit)
    ? undefined
    : failure("commit_not_found", `No branch, tag or hash: ${commit}`)
}
