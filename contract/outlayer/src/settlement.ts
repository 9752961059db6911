/**
 * How a request ends, and that it does so once:
 *
 *     pending ── a settler seals an answer, its yield resumes ──> callback settles
 *        │  └─── nobody answers, 200 blocks ──> callback settles as expired
 *        └────── cancelled ──> settled at once; the callback then finds nothing
 *
 * The record is the token: whoever removes it settles. The first sealed answer is the one. Should a
 * callback fail, the answer stays, and the cancellation that is left settles by it.
 */
import { type FailureCode, LIMITS, settle } from "@outlayer/protocol/pure"
import { type Answer, failedAnswer, readAnswer, readOutput, returnedText } from "./answer.ts"
import { readFields, readWhole } from "./arguments.ts"
import { logCompleted } from "./events.ts"
import type { Host } from "./host.ts"
import { pay } from "./payout.ts"
import {
  dataIdOf,
  findPending,
  findSizedPending,
  type StoredRequest,
  takePending,
} from "./pending.ts"
import { canReturn } from "./return-cost.ts"
import { requireFree, restake } from "./stake.ts"
import type { State } from "./state.ts"
import {
  type Change,
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
  const isHalf = answer.error === null && answer.output.text === "null" && !answer.output.isText
  const output = isHalf ? readOutputOf(host, id) : undefined
  const seal = () => sealAnswer(host, id, { response, output })
  if (output) keeping(state, host, id, seal)
  else seal()
  resume(host, request)
}

export function submitOutput(state: State, host: Host, args: unknown): void {
  requireSettler(state, host)
  const fields = readFields(args, "arguments", ["request_id", "output"])
  const id = readWhole(fields["request_id"], "request_id")
  const output = readOutput(host, fields["output"], true)
  keeping(state, host, id, () => storeOutput(host, id, output))
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
  const answer = readAnswer(host, response)
  const value = readOutput(host, output, answer.error === null)
  const sealed = { response: JSON.stringify(response), output: value }
  resume(
    host,
    keeping(state, host, id, () => sealAnswer(host, id, sealed)),
  )
}

/** The callback. It never panics: that would undo the settlement and keep the payment. */
export function onExecutionResponse(state: State, host: Host, args: unknown): void {
  const id = readWhole(readFields(args, "arguments", ["request_id"])["request_id"], "request_id")
  const payload = host.promiseResult()
  const taken = take(state, host, id)
  if (!taken) {
    host.log(`Warning: Execution request ${id} not found in pending requests`)
    host.returnBytes(host.utf8(endedText(payload)))
    return
  }
  const { request, stored } = taken
  const answer = interpret(host, stored)
  const text = host.utf8(returnedText(answer, request.with_status))
  if (canReturn(host, text)) {
    settleRequest(state, host, request, answer)
    host.returnBytes(text)
    return
  }
  const message = `Too many wait for an answer of ${text.length} bytes`
  const refused: Answer = { ...answer, error: { code: "output_too_large", message } }
  settleRequest(state, host, request, refused)
  host.returnBytes(host.utf8(returnedText(refused, request.with_status)))
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
  const taken = take(state, host, id)
  if (!taken) return
  const { request, stored } = taken
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

/** Removes all that is stored of a request. */
function take(
  state: State,
  host: Host,
  id: number,
): { request: StoredRequest; stored: StoredAnswer | undefined } | undefined {
  const taken = takePending(state, host, id)
  if (!taken) return undefined
  const { answer, bytes } = takeAnswer(host, id)
  restake(state, taken.request.payment, taken.bytes + bytes, 0)
  return { request: taken.request, stored: answer }
}

/** Stores an output, if somebody can stake it. */
function keeping(state: State, host: Host, id: number, store: () => Change): StoredRequest {
  const sized = findSizedPending(host, id)
  if (!sized) throw new Error("Execution request not found")
  const { request, bytes } = sized
  const { before, after } = store()
  const unpaid = restake(state, request.payment, bytes + before, bytes + after)
  if (unpaid > 0) requireFree(state, host)
  return request
}

function interpret(host: Host, stored: StoredAnswer | undefined): Answer {
  if (!stored) return failedAnswer("expired", "No worker answered in time")
  try {
    const answer = readAnswer(host, JSON.parse(stored.response))
    return answer.error || !stored.output ? answer : { ...answer, output: stored.output }
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
