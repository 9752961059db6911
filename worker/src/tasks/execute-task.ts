/** One execute task: run the guest or take the verdict, settle on chain, say so. */
import type { Witnesses } from "@outlayer/near"
import {
  CompleteTask,
  type ExecuteTask,
  type ExecutionResponse,
  type ExecutionSummary,
  GetWasm,
  OutlayerError,
  ReleaseTask,
  type RunReceipt,
  Sha256Hex,
} from "@outlayer/protocol"
import { type FailureCode, LIMITS, type SecretValues } from "@outlayer/protocol/pure"
import { sha256Hex } from "@outlayer/protocol/sealing/node"
import { findRecipients, keepRecord } from "../replay/keep.ts"
import { recordHttp } from "../replay/record-http.ts"
import { joinEnvironment } from "../replay/record.ts"
import type { Http } from "../sandbox/http/http.ts"
import type { Execution, Sandbox } from "../sandbox/sandbox.ts"
import { executionAnswer, failureAnswer } from "../settle/answer.ts"
import { sendAgain, settle, type Settled, type SettleDeps } from "../settle/settle.ts"
import type { AttestedRuns } from "../tee/attested-runs.ts"
import type { TaskSecrets } from "../tee/task-secrets.ts"
import { AlteredRequest, type TrustedProgram } from "../tee/trusted-programs.ts"
import type { BlockClock } from "./block-clock.ts"
import { guestEnvironment } from "./guest-environment.ts"
import { holdLease } from "./lease.ts"

/** Blocks kept for signing, sending and the resumption: some seven seconds on mainnet. */
const SETTLEMENT_BLOCKS = 12
/** A lost process may be an accident; one that is lost each time is the answer. */
const MAX_RUNS = 3
/** Before another attempt at what went wrong on our side. */
const RETRY_SECONDS = 2
const MAX_RETRY_SECONDS = 20

export interface ExecuteDeps extends SettleDeps {
  sandbox: Sandbox
  http: Http
  /** Undefined outside of a TEE. */
  secrets: TaskSecrets | undefined
  attested: AttestedRuns | undefined
  clock: BlockClock
  witnesses: Pick<Witnesses, "fullAccessKeys">
}

export async function runExecuteTask(
  task: ExecuteTask,
  deps: ExecuteDeps,
  stop: AbortSignal,
): Promise<void> {
  const { coordinator, log } = deps
  const { key, request } = task
  await using lease = holdLease(coordinator, task, stop)
  const facts = { taskId: key.task_id, attempt: key.attempt, requestId: request.request_id }
  log.info({ ...facts, verdict: task.verdict?.code }, "execution started")

  try {
    const { summary, settled } =
      (await finishEarlier(task, deps, lease.signal)) ??
      (await runAndSettle(task, deps, lease.signal))
    const tx_hash = settled.state === "settled" ? settled.txHash : null
    await coordinator.call(CompleteTask, { body: { kind: "execute", ...key, tx_hash, summary } })
    log.info({ ...facts, ...settled, code: summary.error?.code }, "execution done")
  } catch (error) {
    // A lost lease has given the task away already; else nobody should have to wait for it to expire.
    if (error instanceof OutlayerError && error.code === "lease_lost") throw error
    const delay_seconds = stop.aborted
      ? 0
      : Math.min(RETRY_SECONDS * key.attempt, MAX_RETRY_SECONDS)
    await coordinator.call(ReleaseTask, { body: { ...key, delay_seconds } })
    if (!stop.aborted) throw error
    log.info(facts, "execution given back")
  }
}

interface Ended {
  summary: ExecutionSummary
  settled: Settled
}

/** What the last holder of the task signed is sent once more before anything is run again. */
async function finishEarlier(task: ExecuteTask, deps: ExecuteDeps, signal: AbortSignal) {
  if (!task.settlement) return undefined
  const settled = await sendAgain(task, task.settlement, deps, signal)
  return settled && { summary: task.settlement.summary, settled }
}

async function runAndSettle(
  task: ExecuteTask,
  deps: ExecuteDeps,
  signal: AbortSignal,
): Promise<Ended> {
  const run = await answerOf(task, deps, signal)
  const { execution, receipt = null } = run
  const attestation_hash = await attest(task, run, deps)
  signal.throwIfAborted()
  const answer = { ...run.answer, ...(attestation_hash && { attestation_hash }) }
  const { success, error, resources_used } = answer
  const summary: ExecutionSummary = {
    success,
    error,
    resources_used,
    output_hash: success && execution ? Sha256Hex.parse(sha256Hex(execution.output)) : null,
    sandbox_level: execution?.level ?? null,
    receipt,
    attestation_hash: attestation_hash ?? null,
  }
  return { summary, settled: await settle(task, answer, summary, deps, signal) }
}

interface Run {
  answer: ExecutionResponse
  /** Absent where nothing was run. */
  execution?: Execution
  receipt?: RunReceipt
  /** The worker can answer for the program and its commit: it has them of no coordinator. */
  isTrusted?: boolean
}

async function attest(task: ExecuteTask, run: Run, { attested }: ExecuteDeps) {
  const { answer, receipt, isTrusted } = run
  if (!attested || !receipt || !isTrusted) return undefined
  const { wasm_hash: wasmHash, hash: receiptHash } = receipt
  return attested.attest(task, { answer, wasmHash, receiptHash })
}

async function answerOf(task: ExecuteTask, deps: ExecuteDeps, signal: AbortSignal): Promise<Run> {
  const { verdict, wasm, request } = task
  if (verdict) return withoutRun(task, verdict.code as FailureCode, verdict.message)
  using deadline = deps.clock.whenReached(task.deadline_height - SETTLEMENT_BLOCKS)
  const until = { deadline: deadline.signal, lease: signal }
  if (request.secrets_ref || request.encrypted_secrets) {
    return await runWithSecrets(task, deps, until)
  }
  const trusted = wasm && (await findTrusted(task, deps, until))
  if (trusted) return await runTrusted(task, trusted, deps, until)
  if (!wasm) return withoutRun(task, "infrastructure", "There is no program to run")
  const program = { wasm: await fetchWasm(wasm.checksum, deps), hash: wasm.checksum }
  return await runGuest(task, program, deps, until)
}

/** When a run ends: the chain's deadline makes an answer of it, a lost lease none. */
interface Until {
  deadline: AbortSignal
  lease: AbortSignal
}

async function runWithSecrets(task: ExecuteTask, deps: ExecuteDeps, until: Until): Promise<Run> {
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

/** Undefined outside of a TEE, and where a run will not be attested: it is run all the same. */
async function findTrusted(task: ExecuteTask, deps: ExecuteDeps, { deadline, lease }: Until) {
  const { attested, log } = deps
  if (!attested) return undefined
  return attested.prepare(task, AbortSignal.any([deadline, lease])).catch((err: unknown) => {
    lease.throwIfAborted()
    if (err instanceof AlteredRequest) throw err
    log.warn({ err, requestId: task.request.request_id }, "no program to answer for")
    return undefined
  })
}

async function runTrusted(
  task: ExecuteTask,
  { commit, wasm, wasmHash: hash }: TrustedProgram,
  deps: ExecuteDeps,
  until: Until,
  secrets?: SecretValues,
): Promise<Run> {
  // The commit that this worker has seen itself: the coordinator's may be an old one.
  const seen = { ...task, resolved_commit: commit }
  return { ...(await runGuest(seen, { wasm, hash }, deps, until, secrets)), isTrusted: true }
}

function withoutRun(task: ExecuteTask, code: FailureCode, message: string): Run {
  return { answer: failureAnswer(task, { code, message }) }
}

async function runGuest(
  task: ExecuteTask,
  program: { wasm: Uint8Array; hash: Sha256Hex },
  deps: ExecuteDeps,
  { deadline, lease }: Until,
  secrets: SecretValues = {},
): Promise<Run> {
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

async function fetchWasm(checksum: Sha256Hex, { coordinator }: ExecuteDeps): Promise<Uint8Array> {
  const wasm = await coordinator.call(GetWasm, { params: { checksum } })
  if (sha256Hex(wasm) === checksum) return wasm
  throw new Error(`The coordinator served something else for ${checksum}`)
}
