/** The canonical bytes of a receipt: what was run and what came of it, as hashes and figures. */
import { canonicalBytes, type CanonicalField } from "./canonical-bytes.ts"

/** Hashes are SHA-256 in lower-case hex; 64-bit numbers are decimal. */
export interface HashedReceipt {
  /** Absent of a run that nobody asked for on a chain. */
  request: { contract_id: string; request_id: number; request_hash: string } | null
  engine: string
  /** How well the guest was walled off: of this no replay can tell. */
  sandbox_level: string
  wasm_hash: string
  /** Of what V8 was given: null where nothing ran. */
  metered_hash: string | null
  input: Sized
  /** Of the program's own name and what follows it. */
  arguments_hash: string
  /** Of the files that the guest was given; null where it had none, not even a folder. */
  files_hash: string | null
  /** Names, in the guest's order; the values are in the transcript. */
  environment: readonly string[]
  /** What HTTP brought. Hashed with the blinding of a part: answers can be guessed. */
  host_answers: { count: number; hash: string }
  limits: {
    max_instructions: string
    max_memory_mb: number
    max_execution_ms: number
    max_output_bytes: number
  }
  outcome: ReceiptOutcome
  /** Fuel. */
  instructions: string
  time_ms: number
  output: Sized
  transcript: TranscriptPointer
}

export interface Sized {
  hash: string
  bytes: number
}

export interface ReceiptOutcome {
  kind: string
  exit_code: number | null
  /** In the words of the specification's tests. */
  trap: string | null
  /** Innermost first: functions' indices and names. */
  where: readonly string[]
}

/** Where the rest is, and who can read it. */
export interface TranscriptPointer {
  /** Hashes of the parts. A part that would tell one of them another's secrets is the owner's alone. */
  shared_hash: string
  private_hash: string | null
  state: "kept" | "no_keys" | "too_large" | "keys_unavailable" | "not_kept"
  /** Accounts that it is sealed to. */
  sealed_to: readonly string[]
  /** ISO 8601; after that nobody has it. Null where it is not kept. */
  expires_at: string | null
}

const TAG = "outlayer-receipt-1"

export function encodeReceipt(
  utf8: (text: string) => Uint8Array,
  receipt: HashedReceipt,
): Uint8Array {
  const { request, input, host_answers, limits, outcome, output, transcript } = receipt
  const fields: CanonicalField[] = [
    request ? request.contract_id : null,
    request ? request.request_id : null,
    request ? request.request_hash : null,
    receipt.engine,
    receipt.sandbox_level,
    receipt.wasm_hash,
    receipt.metered_hash,
    input.hash,
    input.bytes,
    receipt.arguments_hash,
    receipt.files_hash,
    receipt.environment,
    host_answers.count,
    host_answers.hash,
    limits.max_instructions,
    limits.max_memory_mb,
    limits.max_execution_ms,
    limits.max_output_bytes,
    outcome.kind,
    outcome.exit_code,
    outcome.trap,
    outcome.where,
    receipt.instructions,
    receipt.time_ms,
    output.hash,
    output.bytes,
    transcript.shared_hash,
    transcript.private_hash,
    transcript.state,
    transcript.sealed_to,
    transcript.expires_at,
  ]
  return canonicalBytes(utf8, TAG, fields)
}
