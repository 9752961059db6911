/** The answer to a request: its verdict, or what became of a run that the chain's deadline ends. */
import type { Chain } from "@outlayer/near"
import {
  type ExecuteTask,
  type ExecutionResponse,
  type Failure,
  GetWasm,
  type RunReceipt,
  settleBlocks,
  type Sha256Hex,
} from "@outlayer/protocol"
import {
  blameFor,
  type FailureCode,
  isFailureCode,
  LIMITS,
  type SecretValues,
} from "@outlayer/protocol/pure"
import { sha256Hex } from "@outlayer/protocol/sealing/node"
import type { Logger } from "@outlayer/service"
import { findRecipients, type KeepDeps, keepRecord } from "../replay/keep.ts"
import { recordHttp } from "../replay/record-http.ts"
import { joinEnvironment } from "../replay/record.ts"
import type { Http } from "../sandbox/http/http.ts"
import type { Execution, Sandbox } from "../sandbox/sandbox.ts"
import { executionAnswer, failureAnswer } from "../settle/answer.ts"
import type { AttestedRuns } from "../tee/attested-runs.ts"
import type { TaskSecrets } from "../tee/task-secrets.ts"
import type { TrustedProgram } from "../tee/trusted-programs.ts"
import type { BlockClock } from "./block-clock.ts"
import { guestEnvironment } from "./guest-environment.ts"

/** Blocks kept for signing, sending and the resumption: some seven seconds on mainnet. */
const SETTLEMENT_BLOCKS = 12
/** A lost process may be an accident; one that is lost each time is the answer. */
const MAX_RUNS = 3

export interface RunDeps extends KeepDeps {
  sandbox: Sandbox
  http: Http
  /** Undefined outside of a TEE. */
  secrets: TaskSecrets | undefined
  attested: AttestedRuns | undefined
  chain: Pick<Chain, "finalBlock" | "yieldTimeoutBlocks">
  clock: BlockClock
  log: Logger
}

export interface TaskRun {
  answer: ExecutionResponse
  /** Absent where nothing was run. */
  execution?: Execution
  receipt?: RunReceipt
  /** The worker can answer for the program and its commit: it has them of no coordinator. */
  isTrusted?: boolean
}

/** Throws for what may go better later, here or elsewhere. `lease` ends it without an answer. */
export async function answerTask(
  task: ExecuteTask,
  deps: RunDeps,
  lease: AbortSignal,
): Promise<TaskRun> {
  const { verdict, wasm, request } = task
  if (verdict && (await isCredible(task, verdict, deps))) {
    return { answer: failureAnswer(task, verdict) }
  }
  using deadline = deps.clock.whenReached(task.deadline_height - SETTLEMENT_BLOCKS)
  const until = { deadline: deadline.signal, lease }
  if (request.secrets_ref || request.encrypted_secrets) {
    return await runWithSecrets(task, deps, until)
  }
  if (deps.attested) return await runAttested(task, deps.attested, deps, until)
  if (!wasm) return withoutRun(task, "infrastructure", "There is no program to run")
  const program = { wasm: await fetchWasm(wasm.checksum, deps), hash: wasm.checksum }
  return await runGuest(task, program, deps, until)
}

/** When a run ends: the chain's deadline makes an answer of it, a lost lease none. */
interface Until {
  deadline: AbortSignal
  lease: AbortSignal
}

async function runWithSecrets(task: ExecuteTask, deps: RunDeps, until: Until): Promise<TaskRun> {
  if (!deps.secrets) {
    if (task.key.attempt < MAX_RUNS) throw new Error("This worker has no keystore: another may")
    return withoutRun(task, "infrastructure", "No worker with a keystore took the request")
  }
  const either = AbortSignal.any([until.deadline, until.lease])
  const prepared = await deps.secrets.prepare(task, either).catch((error: unknown) => {
    until.lease.throwIfAborted()
    if (until.deadline.aborted) return undefined
    throw error
  })
  if (!prepared) return withoutRun(task, task.deadline_code, "The deadline came before the run")
  if (!prepared.ok) return withoutRun(task, prepared.code, prepared.message)
  return runTrusted(task, prepared, deps, until, prepared.values)
}

/**
 * Outside of a TEE the coordinator is the operator's own. In one it could end any request at its
 * sender's cost: there a fault of the request is looked for, and a deadline read from the chain.
 */
async function isCredible(task: ExecuteTask, { code }: Failure, { attested, chain }: RunDeps) {
  const blame = isFailureCode(code) ? blameFor(code) : "request"
  if (!attested || blame === "ours") return true
  if (blame === "request") return false
  const { height } = await chain.finalBlock()
  return height >= task.deadline_height - settleBlocks(await chain.yieldTimeoutBlocks())
}

/** In a TEE nothing is run that the worker has of the coordinator alone. */
async function runAttested(
  task: ExecuteTask,
  attested: AttestedRuns,
  deps: RunDeps,
  until: Until,
): Promise<TaskRun> {
  const either = AbortSignal.any([until.deadline, until.lease])
  const program = await attested.prepare(task, either).catch((error: unknown) => {
    until.lease.throwIfAborted()
    if (until.deadline.aborted) return undefined
    throw error
  })
  if (!program) return withoutRun(task, task.deadline_code, "The deadline came before the run")
  if (!program.ok) return withoutRun(task, program.code, program.message)
  return runTrusted(task, program, deps, until)
}

async function runTrusted(
  task: ExecuteTask,
  { commit, wasm, wasmHash: hash }: TrustedProgram,
  deps: RunDeps,
  until: Until,
  secrets?: SecretValues,
): Promise<TaskRun> {
  // The commit that this worker has seen itself: the coordinator's may be an old one.
  const seen = { ...task, resolved_commit: commit }
  return { ...(await runGuest(seen, { wasm, hash }, deps, until, secrets)), isTrusted: true }
}

function withoutRun(task: ExecuteTask, code: FailureCode, message: string): TaskRun {
  return { answer: failureAnswer(task, { code, message }) }
}

async function runGuest(
  task: ExecuteTask,
  program: { wasm: Uint8Array; hash: Sha256Hex },
  deps: RunDeps,
  { deadline, lease }: Until,
  secrets: SecretValues = {},
): Promise<TaskRun> {
  const { sandbox, log } = deps
  const { request, deadline_code } = task
  const limits = request.resource_limits
  const recipients = findRecipients(task, deps)
  const http = recordHttp(deps.http.clientFor(request.http_hosts))
  const environment = guestEnvironment(task)
  const run = {
    program,
    input: { stdin: Buffer.from(request.input_data), environment },
    secrets,
    limits: {
      maxInstructions: BigInt(limits.max_instructions),
      maxMemoryMb: limits.max_memory_mb,
      maxExecutionMs: limits.max_execution_seconds * 1_000,
      maxOutputBytes: LIMITS.outputBytes,
    },
    http: http.exchanges,
  }
  const whole = { ...run.input, environment: joinEnvironment(environment, secrets) }
  const execution = await sandbox.run(program, whole, run.limits, {
    signal: AbortSignal.any([deadline, lease]),
    http: http.client,
  })
  lease.throwIfAborted()
  const { outcome, instructions, timeMs, level: isolation, stderrTail } = execution
  log.info(
    { requestId: request.request_id, outcome: outcome.kind, instructions, timeMs, isolation },
    "guest ended",
  )
  // A guest may print its secrets, and whoever reads this log must not have them.
  if (Object.keys(secrets).length === 0) {
    log.debug({ stderr: Buffer.from(stderrTail).toString() }, "guest said")
  }
  if (outcome.kind === "infrastructure" && task.key.attempt < MAX_RUNS) {
    throw new Error(`The sandbox failed: ${outcome.reason}`)
  }
  const receipt = await keepRecord(task, { ...run, execution }, recipients, deps)
  return { answer: executionAnswer(task, execution, deadline_code), execution, receipt }
}

async function fetchWasm(checksum: Sha256Hex, { coordinator }: RunDeps): Promise<Uint8Array> {
  const wasm = await coordinator.call(GetWasm, { params: { checksum } })
  if (sha256Hex(wasm) === checksum) return wasm
  throw new Error(`The coordinator served something else for ${checksum}`)
}
