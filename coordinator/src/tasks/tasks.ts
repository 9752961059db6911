/** Tasks as the routes see them, and what goes on with them in the background. */
import type {
  CompleteTask,
  FailTask,
  LeasedTask,
  LeaseKey,
  NewTask,
  RecordSettlement,
  ReleaseTask,
} from "@outlayer/protocol"
import { OutlayerError } from "@outlayer/protocol"
import { isFailureCode } from "@outlayer/protocol/pure"
import type { Logger } from "@outlayer/service"
import type { z } from "zod"
import { type ChainReader, createHeightTracker, type HeightTracker } from "../chain.ts"
import type { Db } from "../db.ts"
import { startLoop, startPump } from "../loop.ts"
import type { QueueEntry, TaskQueue } from "../queue/queue.ts"
import type { ResolveCommit } from "../repositories/resolve-commit.ts"
import { createBell } from "./bell.ts"
import { check, takeUnchecked } from "./check.ts"
import { createTask } from "./create.ts"
import { closeExpired, giveUpLate, hasOpenExecutions } from "./deadline.ts"
import { completeCompilation, failCompilation } from "./finish-compilation.ts"
import { completeExecution, failExecution } from "./finish-execution.ts"
import { extend, kindOf, recordSettlement, release } from "./lease.ts"
import { pollTask, type PollOptions } from "./poll.ts"
import { requeue } from "./requeue.ts"
import { resolve, takeUnresolved, type Unresolved } from "./resolve.ts"
import { findQueued, reapLeases, replanWithoutWasm } from "./upkeep.ts"

export interface TaskDeps {
  db: Db
  queue: TaskQueue
  chain: ChainReader
  resolveCommit: ResolveCommit
  contractId: string
  leaseSeconds: number
  log: Logger
  /** How often the background looks for what nobody told it of. */
  lookAgainMs?: number
}

const LOOK_AGAIN_MS = 1_000

type Body<R extends { body: z.ZodType }> = z.output<R["body"]>

export type Tasks = ReturnType<typeof openTasks>

export function openTasks(deps: TaskDeps) {
  const { db, queue, contractId, leaseSeconds, log } = deps
  const heights = createHeightTracker(deps.chain)
  const bell = createBell()
  queue.onPush((capability) => bell.ring(capability))
  const background = startBackground({ ...deps, heights, push })

  return {
    async create(task: NewTask): Promise<boolean> {
      const created = await createTask(db, contractId, task)
      if (created) log.info({ requestId: task.request_id }, "task created")
      background.kickCheck()
      return created
    },

    async poll(options: Omit<PollOptions, "leaseSeconds">): Promise<LeasedTask | undefined> {
      const task = await pollTask({ db, queue, bell, heights }, { ...options, leaseSeconds })
      if (task) {
        const { task_id: taskId, attempt } = task.key
        log.info({ taskId, kind: task.kind, attempt, workerId: options.workerId }, "task leased")
      }
      return task
    },

    extend: (key: LeaseKey) => extend(db, key, leaseSeconds),

    async settle({ task_id, lease_token, attempt, ...settlement }: Body<typeof RecordSettlement>) {
      checkCode(settlement.summary.error)
      await recordSettlement(db, { task_id, lease_token, attempt }, settlement)
      log.info({ taskId: task_id, txHash: settlement.tx_hash }, "settlement recorded")
    },

    async complete(body: Body<typeof CompleteTask>): Promise<void> {
      if (body.kind === "compile") await push(await completeCompilation(db, body))
      else {
        checkCode(body.summary.error)
        await completeExecution(db, body, heights.recent())
      }
      log.info({ taskId: body.task_id, kind: body.kind }, "task completed")
    },

    async fail({ error, compile_time_ms, log: output, ...key }: Body<typeof FailTask>) {
      checkCode(error)
      if ((await kindOf(db, key.task_id)) === "execute") await failExecution(db, key, error)
      else {
        const failed = { error, compileTimeMs: compile_time_ms, log: output }
        await push(await failCompilation(db, key, failed))
      }
      background.kickResolve()
      log.info({ taskId: key.task_id, code: error.code }, "task failed")
    },

    async release({ delay_seconds, ...key }: Body<typeof ReleaseTask>): Promise<void> {
      await push(await release(db, key, delay_seconds))
      background.kickResolve()
      log.info({ taskId: key.task_id }, "task released")
    },

    async requeue(taskId: string): Promise<boolean | undefined> {
      const requeued = await requeue(db, taskId)
      background.kickCheck()
      return requeued
    },

    [Symbol.asyncDispose]: () => background[Symbol.asyncDispose](),
  }

  /** After the commit. What fails here is found again by the refill. */
  async function push(entries: readonly QueueEntry[]): Promise<void> {
    if (entries.length === 0) return
    await queue.push(entries).catch((err: unknown) => log.warn({ err }, "queue not reached"))
  }
}

function checkCode(error: { code: string } | null): void {
  if (error && !isFailureCode(error.code)) {
    throw new OutlayerError("bad_request", `No failure code ${error.code}`)
  }
}

const CHECKS_AT_ONCE = 16
const RESOLUTIONS_AT_ONCE = 8

function startBackground(
  deps: TaskDeps & {
    heights: HeightTracker
    push: (entries: readonly QueueEntry[]) => Promise<void>
  },
) {
  const { db, chain, heights, log, push, lookAgainMs: everyMs = LOOK_AGAIN_MS } = deps
  const resolutions = startPump({
    name: "resolve",
    concurrency: RESOLUTIONS_AT_ONCE,
    everyMs,
    log,
    take: (limit, active: readonly Unresolved[]) =>
      takeUnresolved(
        db,
        limit,
        active.map(({ sender }) => sender),
      ),
    work: async (task) => push(await resolve(deps, task)),
  })
  const checks = startPump({
    name: "check",
    concurrency: CHECKS_AT_ONCE,
    everyMs,
    log,
    take: (limit) => takeUnchecked(db, limit),
    async work(task) {
      await push(await check(deps, task))
      resolutions.kick()
    },
  })
  const upkeep = startLoop({
    name: "upkeep",
    everyMs,
    log,
    async work() {
      await push(await reapLeases(db))
      await replanWithoutWasm(db)
      await push(await findQueued(db))
    },
  })
  const deadlines = startLoop({
    name: "deadlines",
    everyMs,
    log,
    async work() {
      if (!(await hasOpenExecutions(db))) return
      const [height, timeoutBlocks] = [await heights.read(), await chain.yieldTimeoutBlocks()]
      await push(await giveUpLate(db, height, timeoutBlocks))
      const expired = await closeExpired(db, height, timeoutBlocks)
      if (expired > 0) log.warn({ expired, height }, "requests expired unanswered")
    },
  })
  const all = [checks, resolutions, upkeep, deadlines]

  return {
    kickCheck: checks.kick,
    kickResolve: resolutions.kick,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((loop) => loop[Symbol.asyncDispose]()))
    },
  }
}
