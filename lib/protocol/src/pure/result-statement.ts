/** What a worker's quote says of one run, and the name of the whole attestation. */
import { canonicalBytes, hexOf } from "./canonical-bytes.ts"
import type { Primitives } from "./request-hash.ts"

/** Hashes are SHA-256 in lower-case hex. */
export interface ResultStatement {
  /** The chain id. */
  network: string
  contract_id: string
  request_id: number
  /** Names code, input, limits and sender too: see `request-hash.ts`. */
  request_hash: string
  /** The full commit that was run. */
  commit: string
  wasm_hash: string
  /** Of the output as the chain is given it (Json without the spaces around it); null of a run that failed. */
  output_hash: string | null
  /** Null of a run that did not fail. */
  error_code: string | null
  /** Fuel, decimal. */
  instructions: string
  /** The last final block that the worker knew of when the run ended. */
  block_height: number
  /** Base58. */
  block_hash: string
  /** Whose statement it is: the key that settles, in NEAR's form. */
  worker_key: string
  /** Of the receipt, from which the run can be repeated. */
  receipt_hash: string
}

/** A statement and what proves it. */
export interface ResultAttestation {
  statement: ResultStatement
  quote: Uint8Array
  /** dstack's, the JSON text as it was given. */
  event_log: string
}

/** The 64 bytes of REPORTDATA: the statement's SHA-256, then 32 zero bytes. All 64 are compared. */
export function resultReportData(
  { sha256, utf8 }: Primitives,
  statement: ResultStatement,
): Uint8Array {
  const fields = [
    statement.network,
    statement.contract_id,
    statement.request_id,
    statement.request_hash,
    statement.commit,
    statement.wasm_hash,
    statement.output_hash,
    statement.error_code,
    statement.instructions,
    statement.block_height,
    statement.block_hash,
    statement.worker_key,
    statement.receipt_hash,
  ]
  const bytes = new Uint8Array(64)
  bytes.set(sha256(canonicalBytes(utf8, "outlayer-result-1", fields)))
  return bytes
}

/** What `execution_completed` names: whoever is shown an attestation knows whether it is that one. */
export function attestationHash(
  primitives: Primitives,
  { statement, quote, event_log }: ResultAttestation,
): string {
  const { sha256, utf8 } = primitives
  const fields = [resultReportData(primitives, statement), sha256(quote), sha256(utf8(event_log))]
  return hexOf(sha256(canonicalBytes(utf8, "outlayer-attestation-1", fields)))
}
