/** What a worker's quote says of one run, and the name of the whole attestation. */
import { canonicalBytes, hexOf } from "./canonical-bytes.ts"
import type { Primitives } from "./request-hash.ts"

/** Hashes are SHA-256 in lower-case hex. */
export interface ResultStatement {
  /** The chain id. */
  network: string
  /** Names contract, code, input, limits and sender: see `request-hash.ts`. */
  request_hash: string
  /** The full commit that was run. */
  commit: string
  wasm_hash: string
  /** Of the guest's output; null of a run that has none because it failed. */
  output_hash: string | null
  /** Fuel, decimal. */
  instructions: string
  /** The last final block that the worker knew of when the run ended. */
  block_height: number
  /** Base58. */
  block_hash: string
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
  const { network, request_hash, commit, wasm_hash, output_hash } = statement
  const { instructions, block_height, block_hash } = statement
  const run = [network, request_hash, commit, wasm_hash, output_hash, instructions]
  const fields = [...run, block_height, block_hash]
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
