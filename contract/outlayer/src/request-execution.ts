/** `request_execution`: checks, takes the payment, and pauses the caller. */
import {
  estimateCost,
  type HashedRequest,
  LIMITS,
  MIN_RESPONSE_GAS,
  requestHash,
} from "@outlayer/protocol/pure"
import { logRequested } from "./events.ts"
import type { Host } from "./host.ts"
import { addToCount, type PendingRequest, putPending } from "./pending.ts"
import { readRequest } from "./request-arguments.ts"
import { SMALL_ANSWER_BYTES, YOCTO_PER_BYTE } from "./stake.ts"
import type { State } from "./state.ts"

export function requestExecution(state: State, host: Host, args: unknown): void {
  if (state.paused) throw new Error("Contract is paused")
  const asked = readRequest(host, args)
  const payment = host.deposit()
  const estimate = estimateCost(state.prices, asked.limits)
  if (payment < estimate) {
    const { max_instructions, max_execution_seconds } = asked.limits
    throw new Error(
      `Insufficient payment: required ${estimate} yoctoNEAR for requested limits (max_instructions: ${max_instructions}, max_execution_seconds: ${max_execution_seconds}), got ${payment} yoctoNEAR`,
    )
  }
  const sender = host.predecessor()
  if (!addToCount(host, sender)) {
    throw new Error(
      `${sender} has ${LIMITS.unansweredRequestsPerSender} unanswered requests: wait for an answer`,
    )
  }

  const id = state.nextRequestId
  state.nextRequestId += 1
  const dataId = host.returnYield(
    "on_execution_response",
    JSON.stringify({ request_id: id }),
    MIN_RESPONSE_GAS,
  )
  const hashed: HashedRequest = {
    request_id: id,
    sender_id: sender,
    payer_account_id: asked.payer ?? sender,
    code_source: asked.codeSource,
    resource_limits: asked.limits,
    input_data: asked.input,
    secrets_ref: asked.secretsRef,
    encrypted_secrets: asked.encryptedSecrets,
    http_hosts: asked.httpHosts,
    response_format: asked.format,
    with_status: asked.withStatus,
    payment: String(payment),
    timestamp: String(host.blockTimestamp()),
  }
  const request: PendingRequest = {
    ...hashed,
    request_hash: host.hex(requestHash(host, host.self(), hashed)),
    block_height: host.blockHeight(),
    data_id: host.base64(dataId),
    prices: state.prices,
  }
  // The payment itself stakes what is stored, a short answer too: they leave together.
  const bytes = putPending(state, host, request) + SMALL_ANSWER_BYTES
  const stake = BigInt(bytes) * YOCTO_PER_BYTE
  if (payment < stake) {
    throw new Error(
      `Insufficient payment: required ${stake} yoctoNEAR to store the request until it is answered, got ${payment} yoctoNEAR`,
    )
  }
  logRequested(host, request, dataId)
}
