/** What the chain says of a request: what was asked, and how it ended, as its transaction shows. */
import { type ExecutedReceipt, parseEvent } from "@outlayer/near"
import { ChainRequest, Sha256Hex } from "@outlayer/protocol"
import { commitKind, requestHash } from "@outlayer/protocol/pure"
import { z } from "zod"
import { nodePrimitives } from "../primitives.ts"
import type { Known } from "../result/verify-result.ts"

const Requested = z.object({ request_data: z.string() })
const RequestData = ChainRequest.omit({ data_id: true, block_height: true }).extend({
  input_data: z.string().nullable(),
  /** It was too long for an event, and so may have been its secrets. */
  input_in_state: z.boolean(),
})
type RequestData = z.infer<typeof RequestData>

const Completed = z.object({
  request_id: z.number(),
  success: z.boolean(),
  error: z.object({ code: z.string() }).nullable(),
  resolved_commit: z.string().nullable(),
  attestation_hash: Sha256Hex.nullable(),
  resources_used: z.object({ instructions: z.number() }),
})

type FromChain = Pick<
  Known,
  "attestationHash" | "requestHash" | "commit" | "output" | "instructions"
>

/**
 * `input` is what the asker believes was given. Undefined where the receipts are not of this request;
 * fields are where it has not ended in them.
 */
export function readSettled(
  receipts: readonly ExecutedReceipt[],
  contractId: string,
  requestId: number,
  input?: string,
): FromChain | undefined {
  const events = receipts
    .filter(({ executorId, hasFailed }) => executorId === contractId && !hasFailed)
    .flatMap(({ logs, value }) => logs.flatMap((log) => ({ ...parseEvent(log), value })))
  const request = events
    .filter(({ event }) => event === "execution_requested")
    .map(({ data }) => RequestData.parse(JSON.parse(Requested.parse(data).request_data)))
    .find(({ request_id }) => request_id === requestId)
  if (!request) return undefined
  const asked = request.code_source.commit
  const full = commitKind(asked) === "full" ? asked.toLowerCase() : undefined
  const known = { requestHash: hashOf(request, contractId, input), commit: full }

  const ended = events
    .filter(({ event }) => event === "execution_completed")
    .map(({ data, value }) => ({ value, ...Completed.parse(data) }))
    .find(({ request_id }) => request_id === requestId)
  if (!ended) return known
  const { attestation_hash, resolved_commit, error, resources_used, value } = ended
  return {
    ...known,
    attestationHash: attestation_hash,
    commit: full ?? resolved_commit ?? undefined,
    instructions: String(resources_used.instructions),
    output: error ? { errorCode: error.code } : readReturned(request, value),
  }
}

/** The contract's word, unless the asker has an input of his own: then of a request with that. */
function hashOf(request: RequestData, contractId: string, input: string | undefined) {
  const { request_hash, input_in_state, payment, timestamp } = request
  if (input === undefined) return request_hash
  const hashed = {
    ...request,
    input_data: input,
    payment: String(payment),
    timestamp: String(timestamp),
  }
  const hash = nodePrimitives.encodeHex(requestHash(nodePrimitives, contractId, hashed))
  // With secrets in the state besides, the hash cannot be computed: nothing is proven or refuted.
  return input_in_state && hash !== request_hash ? undefined : hash
}

/** The output, out of what the callback returned: see `returnedText` of the contract. */
function readReturned(
  { response_format, with_status }: RequestData,
  value: string | undefined,
): Uint8Array | undefined {
  if (value === undefined) return undefined
  const text = Buffer.from(value, "base64").toString()
  const [prefix, suffix] = with_status ? ['{"status":"ok","value":', "}"] : ["", ""]
  if (!text.startsWith(prefix) || !text.endsWith(suffix)) return undefined
  const inner = text.slice(prefix.length, text.length - suffix.length)
  if (response_format === "Json") return utf8(inner)
  const output = z.string().parse(JSON.parse(inner))
  return response_format === "Bytes" ? new Uint8Array(Buffer.from(output, "base64")) : utf8(output)
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
