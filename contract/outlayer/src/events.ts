/** The lines that watchers read. A call may log 16,384 bytes in all. */
import { LIMITS, type Settlement } from "@outlayer/protocol/pure"
import type { Answer } from "./answer.ts"
import type { Host } from "./host.ts"
import type { PendingRequest, StoredRequest } from "./pending.ts"
import { isLonger } from "./text.ts"

/** Where the line would grow too long, input and secrets stay in the state, for `get_request`. */
export function logRequested(host: Host, request: PendingRequest, dataId: Uint8Array): void {
  const { data_id: _, prices: __, ...fields } = request
  const line = (isInState: boolean) =>
    eventLine("execution_requested", {
      request_data: JSON.stringify({
        ...fields,
        input_data: isInState ? null : fields.input_data,
        encrypted_secrets: isInState ? null : fields.encrypted_secrets,
        input_in_state: isInState,
      }),
      data_id: Array.from(dataId),
      timestamp: request.timestamp,
    })
  const isLong = request.input_data.length > LIMITS.eventLineBytes
  const whole = isLong ? null : line(false)
  host.log(whole === null || isLonger(host, whole, LIMITS.eventLineBytes) ? line(true) : whole)
}

export function logCompleted(
  host: Host,
  request: StoredRequest,
  answer: Answer,
  { charged, refunded }: Settlement,
): void {
  host.log(
    eventLine("execution_completed", {
      request_id: request.request_id,
      sender_id: request.sender_id,
      code_source: request.code_source,
      resolved_commit: answer.resolvedCommit,
      attestation_hash: answer.attestationHash,
      resources_used: {
        instructions: answer.use.instructions,
        time_ms: answer.use.timeMs,
        compile_time_ms: answer.use.compileTimeMs,
      },
      success: answer.error === null,
      error: answer.error,
      payment_charged: String(charged),
      payment_refunded: String(refunded),
      compilation_note: answer.compilationNote,
      timestamp: String(host.blockTimestamp()),
    }),
  )
}

function eventLine(event: string, data: unknown): string {
  const line = { standard: "near-outlayer", version: "1.0.0", event, data: [data] }
  return `EVENT_JSON:${JSON.stringify(line)}`
}
