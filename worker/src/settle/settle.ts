/**
 * Settles one request: the transaction is kept by the coordinator before it is sent, so that
 * whoever holds the task after a crash sends that very transaction again, never a second one blindly.
 */
import type { Chain, SignedCall, Signer, TransactionResult } from "@outlayer/near"
import {
  type ExecuteTask,
  type ExecutionResponse,
  type ExecutionSummary,
  RecordSettlement,
  type Settlement,
} from "@outlayer/protocol"
import { LIMITS } from "@outlayer/protocol/pure"
import type { Logger } from "@outlayer/service"
import { setTimeout as sleep } from "node:timers/promises"
import type { Coordinator } from "../coordinator.ts"
import type { GivenAnswer, GivenAnswers } from "./given-answers.ts"
import type { Turns } from "./turns.ts"

const TERA = 10n ** 12n
/** With room: the contract's part is measured in `bench`. What is left comes back. */
const RESOLVE_GAS = 60n * TERA
const SUBMIT_AND_RESOLVE_GAS = 150n * TERA
const RETRY_MS = 500
const MAX_TRIES = 5

export interface SettleDeps {
  coordinator: Coordinator
  chain: Chain
  signer: Signer
  /** Throws while the chain does not know the key as live: using it then can cost its stake. */
  requireLive: () => Promise<void>
  given: GivenAnswers
  /** Of all who sign with this key. */
  turns: Turns
  log: Logger
}

/** How a task ended, and what of it is told the coordinator. */
export interface Ended {
  summary: ExecutionSummary
  settled: Settled
}

/** How a settlement ended; `gone`: the contract does not know the request any more. */
export type Settled = { state: "settled"; txHash: string } | { state: "gone" }

/** Sends what an earlier lease signed. Undefined: it did not settle, and somebody has to sign anew. */
export async function sendAgain(
  task: ExecuteTask,
  settlement: Settlement,
  deps: SettleDeps,
  signal: AbortSignal,
): Promise<Settled | undefined> {
  const result = await sendUntilExecuted(
    { hash: settlement.tx_hash, signedTxBase64: settlement.signed_tx_base64 },
    deps,
    signal,
  )
  // Whatever was sent: as long as the contract waits for an answer, there is none.
  if (!(await isGone(task, deps, signal))) return undefined
  const isSettled = result && result.failure === undefined
  return isSettled ? { state: "settled", txHash: result.hash } : { state: "gone" }
}

/**
 * Signs, records and sends until the request is settled: with what this worker has answered before,
 * if it has. Throws `lease_lost` when it is no longer ours.
 */
export async function settle(
  task: ExecuteTask,
  latest: GivenAnswer,
  deps: SettleDeps,
  signal: AbortSignal,
): Promise<Ended> {
  if (await isGone(task, deps, signal)) {
    return { summary: latest.summary, settled: { state: "gone" } }
  }
  const { answer, summary } = deps.given.keep(task, latest)
  return { summary, settled: await send(task, answer, summary, deps, signal) }
}

async function send(
  task: ExecuteTask,
  answer: ExecutionResponse,
  summary: ExecutionSummary,
  deps: SettleDeps,
  signal: AbortSignal,
): Promise<Settled> {
  const { coordinator, signer, turns, log } = deps
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted()
    await deps.requireLive()
    using turn = turns.take()
    const call = await signer.sign(settlementCall(task, answer))
    await coordinator.call(RecordSettlement, {
      body: { ...task.key, ...asSettlement(call, summary) },
    })
    log.info({ ...factsOf(task), txHash: call.hash }, "settlement signed")
    await turn.come
    const result = await sendUntilExecuted(call, deps, signal, () => turn[Symbol.dispose]())
    if (result && result.failure === undefined) return { state: "settled", txHash: call.hash }

    // A refused nonce, a removed key, an expired block hash, or the contract's own refusal.
    if (await isGone(task, deps, signal)) return { state: "gone" }
    signer.forgetNonce()
    log.warn({ ...factsOf(task), tries, failure: result?.failure }, "settlement refused")
    if (tries === MAX_TRIES) throw new Error(`Request ${task.request.request_id} cannot be settled`)
    // A nonce is mended by the next try; what a contract refuses again and again only costs gas.
    await sleep(RETRY_MS * 2 ** (tries - 1), undefined, { signal })
  }
}

/** What the answer weighs decides the way: a yield resumes with at most 1,024 bytes. */
function settlementCall(task: ExecuteTask, answer: ExecutionResponse) {
  const contractId = task.contract_id
  const { request_id } = task.request
  if (Buffer.byteLength(JSON.stringify(answer)) <= LIMITS.smallPayloadBytes) {
    const args = { request_id, response: answer }
    return { contractId, method: "resolve_execution", args, gas: RESOLVE_GAS }
  }
  const args = { request_id, ...answer }
  const gas = SUBMIT_AND_RESOLVE_GAS
  return { contractId, method: "submit_execution_output_and_resolve", args, gas }
}

function asSettlement(call: SignedCall, summary: ExecutionSummary): Settlement {
  return {
    summary,
    tx_hash: call.hash,
    signer_public_key: call.publicKey,
    signed_tx_base64: call.signedTxBase64,
  }
}

/**
 * Sends, and waits until the transaction is final. Undefined when the chain refused to take it.
 * Sending the same bytes twice is harmless: the chain knows a transaction by its hash.
 */
async function sendUntilExecuted(
  call: Pick<SignedCall, "hash" | "signedTxBase64">,
  { chain, log }: SettleDeps,
  signal: AbortSignal,
  onSent = () => {},
): Promise<TransactionResult | undefined> {
  for (;;) {
    signal.throwIfAborted()
    try {
      const sent = chain.send(call.signedTxBase64, "FINAL")
      onSent()
      const result = await sent
      // An endpoint may answer before the end all the same: "Started" is no outcome.
      if (result && (result.value !== undefined || result.failure !== undefined)) return result
    } catch (err) {
      if (chain.isRefusal(err)) {
        log.warn({ err, txHash: call.hash }, "transaction refused")
        return undefined
      }
      log.warn({ err, txHash: call.hash }, "transaction not sent")
    }
    await sleep(RETRY_MS, undefined, { signal })
  }
}

/** A request that the contract does not know, or knows under another data id, has ended. */
async function isGone(task: ExecuteTask, { chain }: SettleDeps, signal: AbortSignal) {
  const { request_id, request_hash, block_height } = task.request
  for (;;) {
    // Before the view: an endpoint that catches up in between says nothing by having had none.
    const { height } = await chain.finalBlock()
    const view = await chain.view(task.contract_id, "get_request", { request_id })
    const isSame =
      typeof view === "object" &&
      view !== null &&
      Reflect.get(view, "request_hash") === request_hash
    if (isSame) return false
    // An endpoint that is behind does not know it yet; the request would expire for nothing.
    if (height >= block_height) return true
    await sleep(RETRY_MS, undefined, { signal })
  }
}

function factsOf({ key, request }: ExecuteTask) {
  return { taskId: key.task_id, attempt: key.attempt, requestId: request.request_id }
}
