/**
 * How a request ends, and that it does so once:
 *
 *     pending ── resolved by a settler ──> its yield resumes ──> callback settles
 *        │  └─── nobody answers, 200 blocks ──> callback settles as expired
 *        └────── cancelled ──> settled at once; the callback then finds nothing
 *
 * The record is the token: whoever removes it settles. A yield may be resumed several times before
 * its callback runs; the first payload wins, so an answer that is stored beside it is sealed.
 */
import { type FailureCode, LIMITS, settle } from "@outlayer/protocol/pure"
import {
  type Answer,
  failedAnswer,
  readAnswer,
  readOutput,
  readPayload,
  returnedText,
} from "./answer.ts"
import { readFields, readWhole } from "./arguments.ts"
import { logCompleted } from "./events.ts"
import type { Host } from "./host.ts"
import { pay } from "./payout.ts"
import { dataIdOf, findPending, type StoredRequest, takePending } from "./pending.ts"
import type { State } from "./state.ts"
import {
  hasStoredAnswer,
  sealOutput,
  type StoredAnswer,
  storeOutput,
  storeSealed,
  takeStoredAnswer,
} from "./stored-answer.ts"

const CANCEL_AFTER_NS = BigInt(LIMITS.cancelAfterSeconds) * 1_000_000_000n
/** The payload when all of the answer is stored. */
const STORED = '{"stored":true}'
const RESPONSE_FIELDS = [
  "success",
  "error",
  "resources_used",
  "compilation_note",
  "resolved_commit",
]

export function resolveExecution(state: State, host: Host, args: unknown): void {
  requireSettler(state, host)
  const fields = readFields(args, "arguments", ["request_id", "response"])
  const id = readWhole(fields["request_id"], "request_id")
  const request = requirePending(host, id)
  const answer = readAnswer(host, fields["response"])
  const payload = JSON.stringify(fields["response"])
  // A success without an output may be the second half of the two-call flow.
  const isSecondHalf = !answer.error && answer.value === "null" && hasStoredAnswer(host, id)
  if (isSecondHalf) sealOutput(host, id)
  resume(host, request, isSecondHalf ? `${payload.slice(0, -1)},"stored":true}` : payload)
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
  storeSealed(host, id, { response: JSON.stringify(response), value })
  resume(host, request, STORED)
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
  const answer = interpret(host, payload, takeStoredAnswer(host, id))
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
  takeStoredAnswer(host, id)
  const answer = failedAnswer("cancelled", message)
  settleRequest(state, host, request, answer)
  // Whoever waits hears of it now and not at the expiry. Gone already: nobody waits.
  const ended = returnedText(answer, request.with_status)
  host.resume(dataIdOf(host, request), JSON.stringify({ ended }))
}

function settleRequest(state: State, host: Host, request: StoredRequest, answer: Answer): void {
  const code: FailureCode | undefined = answer.error?.code
  const settlement = settle(request.prices, BigInt(request.payment), answer.use, code)
  state.completed += 1
  state.feesCharged += settlement.charged
  pay(host, request.payer_account_id, settlement.refunded, request.sender_id)
  logCompleted(host, request, answer, settlement)
}

function interpret(
  host: Host,
  payload: string | undefined,
  stored: StoredAnswer | undefined,
): Answer {
  if (payload === undefined) return failedAnswer("expired", "No worker answered in time")
  try {
    if (!isStored(payload) || !stored) return readPayload(host, payload)
    const answer = readPayload(host, stored.response || payload)
    return answer.error ? answer : { ...answer, value: stored.value }
  } catch (error) {
    return failedAnswer("infrastructure", `The answer cannot be read: ${String(error)}`)
  }
}

/** Ours to say: a response with such a field is refused. */
function isStored(payload: string): boolean {
  return payload.endsWith('"stored":true}')
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

function resume(host: Host, request: StoredRequest, payload: string): void {
  const { length } = host.utf8(payload)
  if (length > LIMITS.smallPayloadBytes) {
    throw new Error(
      `The response has ${length} bytes, at most ${LIMITS.smallPayloadBytes} can be resumed with: use submit_execution_output_and_resolve`,
    )
  }
  if (!host.resume(dataIdOf(host, request), payload)) {
    throw new Error("Unable to resume execution promise")
  }
}

/** Live worker keys of the register contract will be settlers too. */
function requireSettler(state: State, host: Host): void {
  if (!state.operators.includes(host.predecessor())) {
    throw new Error("Only operator can call this")
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
