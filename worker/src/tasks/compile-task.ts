/** One compile task: build, upload the wasm with its record, say so. */
import {
  type CompileTask,
  CompleteTask,
  FailTask,
  OutlayerError,
  ReleaseTask,
  type Route,
  type RouteInput,
  type RouteReply,
  UploadWasm,
} from "@outlayer/protocol"
import type { Logger } from "@outlayer/service"
import { setTimeout as sleep } from "node:timers/promises"
import type { Builder } from "../compile/builder.ts"
import type { FailedBuilds } from "../compile/failed-builds.ts"
import type { Coordinator } from "../coordinator.ts"
import { holdLease } from "./lease.ts"

/** Builds that failed for want of something of ours are tried so often, by whoever comes next. */
const MAX_ATTEMPTS = 3
const RETRY_SECONDS = 5
const MAX_TRIES = 20
const SAY_AGAIN_MS = 500

export interface CompileDeps {
  coordinator: Coordinator
  builder: Builder
  failedBuilds: FailedBuilds
  log: Logger
}

export async function runCompileTask(
  task: CompileTask,
  { coordinator, builder, failedBuilds, log }: CompileDeps,
  stop: AbortSignal,
): Promise<void> {
  const { key, repo, commit, build_target: buildTarget, max_compile_seconds } = task
  await using lease = holdLease(coordinator, task, stop)
  const facts = { taskId: key.task_id, attempt: key.attempt, repo, commit, buildTarget }
  log.info(facts, "compile started")

  const limits = { maxCompileMs: max_compile_seconds * 1_000 }
  const source = { repo, commit, buildTarget }
  const build = await builder.build(source, limits, lease.signal).catch(giveBack)
  failedBuilds.keep(source, limits, build)

  const compile_time_ms = Math.ceil(build.compileTimeMs)
  if (build.ok) {
    const { record, wasm } = build
    const { checksum } = await say(UploadWasm, { body: { record, wasm } })
    await say(CompleteTask, {
      body: { kind: "compile", ...key, wasm_hash: checksum, compile_time_ms },
    })
    return log.info({ ...facts, checksum, ms: compile_time_ms }, "compile done")
  }

  const { code, message } = build
  const isOurs = code === "infrastructure" || code === "repository_unreachable"
  if (isOurs && key.attempt < MAX_ATTEMPTS) {
    await coordinator.call(ReleaseTask, { body: { ...key, delay_seconds: RETRY_SECONDS } })
    return log.warn({ ...facts, code, message }, "compile put off")
  }
  await say(FailTask, {
    body: { ...key, error: { code, message }, compile_time_ms, log: build.log },
  })
  log.info({ ...facts, code, ms: compile_time_ms }, "compile failed")

  /** What took minutes must not be lost to a coordinator that is away for seconds. */
  async function say<R extends Route>(route: R, input: RouteInput<R>): Promise<RouteReply<R>> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await coordinator.call(route, input)
      } catch (error) {
        const isFinal = error instanceof OutlayerError && !error.retryable
        if (isFinal || tries === MAX_TRIES || lease.signal.aborted) throw error
        log.warn({ ...facts, err: error }, "coordinator not reached")
      }
      await sleep(SAY_AGAIN_MS, undefined, { signal: lease.signal })
    }
  }

  /** Stopping, or this machine's own fault: another worker may have the task at once. */
  async function giveBack(error: unknown): Promise<never> {
    const delay_seconds = stop.aborted ? 0 : RETRY_SECONDS
    await coordinator.call(ReleaseTask, { body: { ...key, delay_seconds } })
    throw error
  }
}
