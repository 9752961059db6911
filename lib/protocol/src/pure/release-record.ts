/**
 * The record of a release or a denial: signed by the keystore, and chained per owner, so that who
 * stored a secret can tell that none is missing between two of them.
 */
import { canonicalBytes, canonicalText, hexOf } from "./canonical-bytes.ts"
import type { FailureCode } from "./failure-codes.ts"
import type { SealingPrimitives, SealingRefusal } from "./sealed-box.ts"

/** Why the keystore keeps a secret, and which failure the request ends with for it. */
export const DENIALS = {
  /** The chain's request is another than the worker asks for. */
  request_altered: "infrastructure",
  commit_altered: "infrastructure",
  two_sources: "secrets_invalid",
  secret_not_found: "secrets_not_found",
  /** A commit on several branches that each have a secret of their own. */
  secret_ambiguous: "secrets_not_found",
  condition_false: "access_denied",
  condition_unreadable: "access_denied",
  /** A contract that the condition asks did not answer as its standard says. */
  condition_failed: "access_denied",
  /** No quorum for now: the worker asks again. */
  chain_unavailable: "infrastructure",
  epoch_unknown: "secrets_invalid",
  context_invalid: "secrets_invalid",
  key_invalid: "secrets_invalid",
  envelope_malformed: "secrets_invalid",
  envelope_version_unknown: "secrets_invalid",
  envelope_for_other_key: "secrets_invalid",
  envelope_not_authentic: "secrets_invalid",
  secrets_malformed: "secrets_invalid",
  secrets_too_large: "secrets_invalid",
  secret_name_invalid: "secrets_invalid",
  secret_name_reserved: "secrets_invalid",
  secret_value_invalid: "secrets_invalid",
} as const satisfies Record<string, FailureCode> & Record<SealingRefusal, FailureCode>

export type Denial = keyof typeof DENIALS

export interface ReleaseRecord {
  /** Whose secret: who stored it, or sent it inline. */
  owner: string
  /** 1 for the owner's first. */
  number: number
  /** The hash of the owner's record before; zeros before the first. Hex. */
  previous: string
  /** Null for a release. */
  denial: Denial | null
  network: string
  contract_id: string
  request_id: number
  request_hash: string
  /** The predecessor: whom the condition judged. */
  sender_id: string
  repo: string
  /** Of the secret's record; null for every branch, and inline. */
  branch: string | null
  /** Null inline. */
  profile: string | null
  commit: string
  /** The two things that the worker alone vouches for. */
  wasm_hash: string
  branches: readonly string[]
  worker_key: string
  /** The approved measurement of that worker. */
  measurement: string
  /** SHA-512 of the question, and of the sealed answer, in hex. */
  question_hash: string
  answer_hash: string | null
  /** The block at which all of it was read. */
  block_height: number
  block_hash: string
  block_time_ns: string
}

export const NO_RECORD = "0".repeat(128)

/** What the keystore signs. */
export function recordBytes(
  { utf8 }: Pick<SealingPrimitives, "utf8">,
  record: ReleaseRecord,
): Uint8Array {
  return canonicalBytes(utf8, "outlayer-release-record-1", [
    record.owner,
    record.number,
    record.previous,
    record.denial,
    record.network,
    record.contract_id,
    record.request_id,
    record.request_hash,
    record.sender_id,
    record.repo,
    record.branch,
    record.profile,
    record.commit,
    record.wasm_hash,
    record.branches,
    record.worker_key,
    record.measurement,
    record.question_hash,
    record.answer_hash,
    record.block_height,
    record.block_hash,
    record.block_time_ns,
  ])
}

/** SHA-512 in hex: the `previous` of the owner's next record. */
export function recordHash(
  primitives: Pick<SealingPrimitives, "sha512" | "utf8">,
  record: ReleaseRecord,
): string {
  return hexOf(primitives.sha512(recordBytes(primitives, record)))
}

/** Who asks for his records, when, and of which contract's keystore. */
export interface RecordsRequest {
  network: string
  contract_id: string
  account_id: string
  after: number
  limit: number
  /** Unix milliseconds. */
  signed_at_ms: number
}

/** The text that an owner signs as a wallet does (NEP-413), with the contract as recipient. */
export function recordsRequest(request: RecordsRequest): string {
  const { network, contract_id, account_id, after, limit, signed_at_ms } = request
  const fields = [network, contract_id, account_id, after, limit, signed_at_ms]
  return canonicalText("outlayer-read-records-1", fields)
}

/** What the keystore signs of a list: that it ends where it says. */
export function recordsBytes(
  { utf8 }: Pick<SealingPrimitives, "utf8">,
  list: { account_id: string; nonce: string; count: number; head: string },
): Uint8Array {
  const { account_id, nonce, count, head } = list
  return canonicalBytes(utf8, "outlayer-records-1", [account_id, nonce, count, head])
}
