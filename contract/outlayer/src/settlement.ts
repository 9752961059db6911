/**
 * How a request ends, and that it does so once:
 *
 *     pending ── a settler seals an answer, its yield resumes ──> callback settles
 *        │  └─── nobody answers, 200 blocks ──> callback settles as expired
 *        └────── cancelled ──> settled at once; the callback then finds nothing
 *
 * The record is the token: whoever removes it settles. The first sealed answer is the one. A caller
 * can make its callback fail, by waiting for a long answer often: then the answer stays, and the
 * cancellation that is left settles by it.
 */
import { type FailureCode, LIMITS, settle } from "@outlayer/protocol/pure"
import { type Answer, failedAnswer, readAnswer, readOutput, returnedText } from "./answer.ts"
import { readFields, readWhole } from "./arguments.ts"
import { logCompleted } from "./events.ts"
import type { Host } from "./host.ts"
import { pay } from "./payout.ts"
import { dataIdOf, findPending, type StoredRequest, takePending } from "./pending.ts"
import type { State } from "./state.ts"
import {
  readOutputOf,
  sealAnswer,
  type StoredAnswer,
  storeOutput,
  takeAnswer,
} from "./stored-answer.ts"
import { requireSettler } from "./worker-keys.ts"

const CANCEL_AFTER_NS = BigInt(LIMITS.cancelAfterSeconds) * 1_000_000_000n
/** The payload of a yield whose answer is sealed. */
const SEALED = "{}"
const RESPONSE_FIELDS = [
  "success",
  "error",
  "resources_used",
  "compilation_note",
  "resolved_commit",
  "attestation_hash",
]

export function resolveExecution(state: State, host: Host, args: unknown): void {
  requireSettler(state, host)
  const fields = readFields(args, "arguments", ["request_id", "response"])
  const id = readWhole(fields["request_id"], "request_id")
  const request = requirePending(host, id)
  const answer = readAnswer(host, fields["response"])
  const response = JSON.stringify(fields["response"])
  requireSmall(host, response)
  // A success without an output may be the second half of the two-call flow.
  const value = !answer.error && answer.value === "null" ? readOutputOf(host, id) : ""
  sealAnswer(host, id, { response, value })
  resume(host, request)
}

export function submitOutput(state: State, host: Host, args: unknown): void {
  requireSettler(state, host)
  const fields = readFields(args, "arguments", ["request_id", "output"])
  const id = readWhole(fields["request_id"], "request_id")
  requirePending(host, id)
  storeOutput(host, id, readOutput(host, fields["output"], true))
}

/** Both halves in one call. */
export function submitOutputAndResolve(state: State, host: Host, args: unknown): void {
  requireSettler(state, host)
  const { request_id, output, ...response } = readFields(args, "arguments", [
    "request_id",
    "output",
    ...RESPONSE_FIELDS,
  ])
  const id = readWhole(request_id, "request_id")
  const request = requirePending(host, id)
  const answer = readAnswer(host, response)
  const value = readOutput(host, output, answer.error === null)
  sealAnswer(host, id, { response: JSON.stringify(response), value })
  resume(host, request)
}

/** The callback. It never panics: that would undo the settlement and keep the payment. */
export function onExecutionResponse(state: State, host: Host, args: unknown): void {
  const id = readWhole(readFields(args, "arguments", ["request_id"])["request_id"], "request_id")
  const payload = host.promiseResult()
  const request = takePending(state, host, id)
  if (!request) {
    host.log(`Warning: Execution request ${id} not found in pending requests`)
    host.returnText(endedText(payload))
    return
  }
  const answer = interpret(host, takeAnswer(host, id))
  settleRequest(state, host, request, answer)
  host.returnText(returnedText(answer, request.with_status))
}

/** For chains so slow that a yield outlives it: there a sender need not wait for the expiry. */
export function cancelStale(state: State, host: Host, args: unknown): void {
  const request = requirePending(host, readOnlyId(args))
  if (request.sender_id !== host.predecessor()) {
    throw new Error("Only the sender can cancel this execution")
  }
  if (host.blockTimestamp() <= BigInt(request.timestamp) + CANCEL_AFTER_NS) {
    throw new Error("Execution is not yet stale, please wait")
  }
  cancel(state, host, request.request_id, "Cancelled by its sender")
}

export function emergencyCancel(state: State, host: Host, args: unknown): void {
  const request = requirePending(host, readOnlyId(args))
  cancel(state, host, request.request_id, "Cancelled by the owner of the contract")
}

function cancel(state: State, host: Host, id: number, message: string): void {
  const request = takePending(state, host, id)
  if (!request) return
  const stored = takeAnswer(host, id)
  const answer = stored ? interpret(host, stored) : failedAnswer("cancelled", message)
  // Whoever waits hears of it now and not at the expiry. Gone already: nobody waits.
  // The chain refuses a long payload even then, so an answer never travels in one.
  const payload = stored
    ? SEALED
    : JSON.stringify({ ended: returnedText(answer, request.with_status) })
  const isAwaited = host.resume(dataIdOf(host, request), payload)
  if (stored && isAwaited) throw new Error("Execution request already resolved")
  settleRequest(state, host, request, answer)
}

function settleRequest(state: State, host: Host, request: StoredRequest, answer: Answer): void {
  const code: FailureCode | undefined = answer.error?.code
  const settlement = settle(request.prices, BigInt(request.payment), answer.use, code)
  state.completed += 1
  state.feesCharged += settlement.charged
  pay(host, request.payer_account_id, settlement.refunded, request.sender_id)
  logCompleted(host, request, answer, settlement)
}

function interpret(host: Host, stored: StoredAnswer | undefined): Answer {
  if (!stored) return failedAnswer("expired", "No worker answered in time")
  try {
    const answer = readAnswer(host, JSON.parse(stored.response))
    return answer.error || stored.value === "" ? answer : { ...answer, value: stored.value }
  } catch (error) {
    return failedAnswer("infrastructure", `The answer cannot be read: ${String(error)}`)
  }
}

/** What a cancelled request's caller gets; nobody else's yield finds its record gone. */
function endedText(payload: string | undefined): string {
  try {
    const { ended } = JSON.parse(payload ?? "{}") as { ended?: unknown }
    return typeof ended === "string" ? ended : "null"
  } catch {
    return "null"
  }
}

function requireSmall(host: Host, response: string): void {
  const { length } = host.utf8(response)
  if (length <= LIMITS.smallPayloadBytes) return
  throw new Error(
    `The response has ${length} bytes, more than ${LIMITS.smallPayloadBytes}: use submit_execution_output_and_resolve`,
  )
}

function resume(host: Host, request: StoredRequest): void {
  if (!host.resume(dataIdOf(host, request), SEALED)) {
    throw new Error("Unable to resume execution promise")
  }
}

function requirePending(host: Host, id: number): StoredRequest {
  const request = findPending(host, id)
  if (!request) throw new Error("Execution request not found")
  return request
}

function readOnlyId(args: unknown): number {
  const fields = readFields(args, "arguments", ["request_id"])
  return readWhole(fields["request_id"], "request_id")
}
