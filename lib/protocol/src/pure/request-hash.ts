/** The canonical bytes of a request, as the chain has it, and their hash. */
import type { BuildTarget } from "./build-target.ts"
import { canonicalText } from "./canonical-bytes.ts"
import type { ResourceLimits } from "./resource-limits.ts"

export type ResponseFormat = "Bytes" | "Text" | "Json"

/** The fields that are hashed, named as in `get_request` and in the event. */
export interface HashedRequest {
  request_id: number
  /** The predecessor of `request_execution`. */
  sender_id: string
  payer_account_id: string
  /** The address as it was given: the clone keeps its spelling. */
  code_source: { repo: string; commit: string; build_target: BuildTarget }
  resource_limits: ResourceLimits
  /** Empty when none was given. */
  input_data: string
  response_format: ResponseFormat
  with_status: boolean
  secrets_ref: { profile: string; account_id: string } | null
  /** Base64. */
  encrypted_secrets: string | null
  /** Null: whatever its worker allows. Empty: none. */
  http_hosts: readonly string[] | null
  /** Yocto NEAR, decimal. */
  payment: string
  /** Block time in nanoseconds, decimal. */
  timestamp: string
}

/** What a contract has from its chain, and everybody else from a library. */
export interface Primitives {
  sha256: (bytes: Uint8Array) => Uint8Array
  utf8: (text: string) => Uint8Array
}

const TAG = "outlayer-request-1"

/** Every field in this order (canonical-bytes.ts). */
export function canonicalRequest(contractId: string, request: HashedRequest): string {
  const { code_source: source, resource_limits: limits, secrets_ref: secrets } = request
  return canonicalText(TAG, [
    contractId,
    request.request_id,
    request.sender_id,
    request.payer_account_id,
    source.repo,
    source.commit,
    source.build_target,
    limits.max_instructions,
    limits.max_memory_mb,
    limits.max_execution_seconds,
    limits.max_compile_seconds,
    request.input_data,
    request.response_format,
    request.with_status,
    secrets ? secrets.profile : null,
    secrets ? secrets.account_id : null,
    request.encrypted_secrets,
    request.http_hosts,
    request.payment,
    request.timestamp,
  ])
}

/** 32 bytes. On the wire they are lower-case hex. */
export function requestHash(
  { sha256, utf8 }: Primitives,
  contractId: string,
  request: HashedRequest,
): Uint8Array {
  return sha256(utf8(canonicalRequest(contractId, request)))
}
