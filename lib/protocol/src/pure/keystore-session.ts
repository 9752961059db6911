/**
 * What worker and keystore sign and bind to each other, from the challenge to the secrets. Both
 * sides compute these bytes from what they know themselves; whoever carries the messages can only
 * lose them.
 */
import { canonicalBytes, type CanonicalField } from "./canonical-bytes.ts"
import type { Sha512 } from "./hkdf.ts"
import type { SealingPrimitives } from "./sealed-box.ts"

type TextPrimitives = Pick<SealingPrimitives, "sha512" | "utf8">

/** Whose session, and at which keystore: the same nonce at another is worth nothing. */
export interface SessionStatement {
  /** The chain's id. */
  network: string
  /** The account of the contract `outlayer`. */
  contract_id: string
  /** The account of the contract `register`. */
  register_id: string
  /** Ed25519, in NEAR's form: the key by which the chain knows the keystore. */
  keystore_key: string
  challenge_id: string
  /** 32 bytes each, in lower-case hex: drawn by the keystore, and by the worker. */
  nonce: string
  worker_nonce: string
  /** Ed25519, in NEAR's form: the key that is registered on chain. */
  worker_key: string
}

/** The 64 bytes that the quote's REPORTDATA must be. */
export function sessionReportData(
  primitives: TextPrimitives,
  statement: SessionStatement,
): Uint8Array {
  const { network, contract_id, register_id, keystore_key } = statement
  const { challenge_id, nonce, worker_nonce, worker_key } = statement
  return digest(primitives, "outlayer-keystore-session-1", [
    network,
    contract_id,
    register_id,
    keystore_key,
    challenge_id,
    nonce,
    worker_nonce,
    worker_key,
  ])
}

/** What the worker signs to open a session: the statement, and this very quote. */
export function sessionRequestBytes(
  primitives: TextPrimitives,
  reportData: Uint8Array,
  quote: Uint8Array,
): Uint8Array {
  const fields = [reportData, primitives.sha512(quote)]
  return canonicalBytes(primitives.utf8, "outlayer-keystore-session-request-1", fields)
}

/** What the keystore signs to grant it. `expires_at_ns` is block time. */
export function sessionGrantBytes(
  { utf8 }: TextPrimitives,
  reportData: Uint8Array,
  grant: { session_id: string; expires_at_ns: bigint },
): Uint8Array {
  const fields = [reportData, grant.session_id, grant.expires_at_ns]
  return canonicalBytes(utf8, "outlayer-keystore-session-grant-1", fields)
}

/** One worker's question for the secrets of one request. */
export interface SecretsQuestion {
  session_id: string
  /** Grows with every question of a session. */
  sequence: number
  network: string
  contract_id: string
  request_id: number
  request_hash: string
  /** Full: where the worker's own clone says that the request's commit is. */
  commit: string
  /** The keystore believes the worker for these two: what it will run, and which branches and tags hold the commit. */
  wasm_hash: string
  branches: readonly string[]
  /** X25519, 32 bytes in lower-case hex, made for this question alone. */
  reply_key: string
}

export function questionBytes(
  { utf8 }: Pick<TextPrimitives, "utf8">,
  question: SecretsQuestion,
): Uint8Array {
  const { session_id, sequence, network, contract_id, request_id, request_hash } = question
  const { commit, wasm_hash, branches, reply_key } = question
  return canonicalBytes(utf8, "outlayer-keystore-question-1", [
    session_id,
    sequence,
    network,
    contract_id,
    request_id,
    request_hash,
    commit,
    wasm_hash,
    branches,
    reply_key,
  ])
}

/** What the sealed answer is bound to, besides the reply key: this question and no other. */
export function answerContext(primitives: TextPrimitives, question: Uint8Array): Uint8Array {
  const fields = [primitives.sha512(question)]
  return canonicalBytes(primitives.utf8, "outlayer-keystore-answer-1", fields)
}

/** What the keystore says of its X25519 key for one scope; the signature keeps a carrier from giving another. */
export interface PublicKeyStatement {
  network: string
  contract_id: string
  repo: string
  branch: string | null
  owner: string
  epoch: number
  /** 32 bytes in lower-case hex. */
  public_key: string
}

export function publicKeyBytes(
  { utf8 }: Pick<TextPrimitives, "utf8">,
  statement: PublicKeyStatement,
): Uint8Array {
  const { network, contract_id, repo, branch, owner, epoch, public_key } = statement
  const fields = [network, contract_id, repo, branch, owner, epoch, public_key]
  return canonicalBytes(utf8, "outlayer-public-key-1", fields)
}

/** What the keystore says of a stored secret that it sealed anew, for the same place. */
export interface ResealStatement {
  network: string
  contract_id: string
  repo: string
  branch: string | null
  profile: string
  owner: string
  /** The new envelope's. */
  epoch: number
  /** The envelopes: the one that was stored, so that no older answer passes for this one, and the new. */
  was: Uint8Array
  now: Uint8Array
}

export function resealBytes(primitives: TextPrimitives, statement: ResealStatement): Uint8Array {
  const { network, contract_id, repo, branch, profile, owner, epoch, was, now } = statement
  const [before, after] = [primitives.sha512(was), primitives.sha512(now)]
  const fields = [network, contract_id, repo, branch, profile, owner, epoch, before, after]
  return canonicalBytes(primitives.utf8, "outlayer-reseal-1", fields)
}

function digest(
  { sha512, utf8 }: { sha512: Sha512; utf8: TextPrimitives["utf8"] },
  tag: string,
  fields: readonly CanonicalField[],
): Uint8Array {
  return sha512(canonicalBytes(utf8, tag, fields))
}
