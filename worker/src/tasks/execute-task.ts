/** One execute task: find its answer, settle it on chain, say so. */
import {
  CompleteTask,
  type ExecuteTask,
  type ExecutionSummary,
  OutlayerError,
  ReleaseTask,
} from "@outlayer/protocol"
import { sha256Hex } from "@outlayer/protocol/sealing/node"
import { type Ended, sendAgain, settle, type SettleDeps } from "../settle/settle.ts"
import { answerTask, type RunDeps, type TaskRun } from "./answer-task.ts"
import { type ConfirmDeps, confirmTask } from "./confirm-task.ts"
import { holdLease } from "./lease.ts"

/** Before another attempt at what went wrong on our side. */
const RETRY_SECONDS = 2
const MAX_RETRY_SECONDS = 20

export type ExecuteDeps = SettleDeps & RunDeps & ConfirmDeps

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
    const confirmed = await confirmTask(task, deps)
    const { summary, settled } =
      (await finishEarlier(task, deps, lease.signal)) ??
      (await runAndSettle(confirmed ?? notPending(task), deps, lease.signal))
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

/** Cancelled, expired, or never made: whoever told of it finds out by the chain, and is not told here. */
function notPending({ request }: ExecuteTask): never {
  throw new Error(`The contract does not know request ${request.request_id}`)
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
  const earlier = deps.given.find(task)
  if (earlier) return settle(task, earlier, deps, signal)
  const run = await answerTask(task, deps, signal)
  const { execution, receipt = null } = run
  const attestation_hash = await attest(task, run, deps)
  signal.throwIfAborted()
  const answer = { ...run.answer, ...(attestation_hash && { attestation_hash }) }
  const { success, error, resources_used } = answer
  const summary: ExecutionSummary = {
    success,
    error,
    resources_used,
    output_hash: success && execution ? sha256Hex(execution.output) : null,
    sandbox_level: execution?.level ?? null,
    receipt,
    attestation_hash: attestation_hash ?? null,
  }
  return settle(task, { answer, summary }, deps, signal)
}

async function attest(task: ExecuteTask, run: TaskRun, { attested }: ExecuteDeps) {
  const { answer, receipt, isTrusted } = run
  if (!attested || !receipt || !isTrusted) return undefined
  const { wasm_hash: wasmHash, hash: receiptHash } = receipt
  return attested.attest(task, { answer, wasmHash, receiptHash })
}
