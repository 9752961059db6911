/** Between workers and the keystore, through the coordinator; and what users ask of it. */
import { z } from "zod"
import {
  AccountId,
  CryptoHash,
  FullCommit,
  Nanoseconds,
  PublicKey,
  Sha256Hex,
  Whole,
} from "./near.ts"
import { DENIALS, type Denial } from "./pure/index.ts"
import type { Route } from "./route.ts"

const Hex32 = z.string().regex(/^[0-9a-f]{64}$/)
const Hex64 = z.string().regex(/^[0-9a-f]{128}$/)
/** Ed25519: 64 bytes in base64. */
const Signature = z.string().regex(/^[A-Za-z0-9+/]{86}==$/)
const Branch = z.string().min(1).max(255)

/** Of the quote and its event log: dstack's are some 10 KiB and 20 KiB. */
const MAX_QUOTE_HEX = 32_768
const MAX_EVENT_LOG = 131_072
/** Of one commit, in a question. */
export const MAX_BRANCHES = 64

/** Which keystore answers; a worker compares it with what the chain says. */
export const KeystoreIdentity = z
  .object({
    network: z.string(),
    contract_id: AccountId,
    register_id: AccountId,
    account_id: AccountId,
    /** Ed25519: signs sessions, public keys and records. */
    signing_key: PublicKey,
    /** X25519, hex: to which inline envelopes are sealed. */
    encryption_key: Hex32,
    epoch: Whole,
  })
  .meta({ id: "KeystoreIdentity" })
export type KeystoreIdentity = z.infer<typeof KeystoreIdentity>

export const KeystoreHealth = {
  method: "GET",
  path: "/health",
  reply: z.object({
    healthy: z.boolean(),
    tee_mode: z.enum(["tdx", "simulated"]),
    keystore: KeystoreIdentity,
    /** As the register contract has it; null where it knows another or none. */
    registration: z.object({ expires_at_ns: Nanoseconds, is_live: z.boolean() }).nullable(),
    block_height: Whole.nullable(),
    problems: z.array(z.string()),
  }),
} as const satisfies Route

const Scope = z.strictObject({
  /** Any spelling. */
  repo: z.string().min(1).max(256),
  branch: Branch.optional(),
  owner: AccountId,
})

const ScopeKey = z
  .object({
    network: z.string(),
    contract_id: AccountId,
    /** The repository's key. */
    repo: z.string(),
    branch: z.string().nullable(),
    owner: AccountId,
    epoch: Whole,
    pubkey: Hex32,
    pubkey_base58: z.string(),
    signing_key: PublicKey,
    /** Over the canonical bytes of a `PublicKeyStatement`. */
    signature: Signature,
  })
  .meta({ id: "SecretsPublicKey" })

/** The keystore's own. */
export const GetScopeKey = {
  method: "GET",
  path: "/pubkey",
  query: Scope,
  reply: ScopeKey,
} as const satisfies Route

/** The coordinator's, for users; and under its older name. */
export const GetSecretsPublicKey = { ...GetScopeKey, path: "/secrets/pubkey" } as const
export const GetSecretsPublicKeyAlias = {
  ...GetScopeKey,
  path: "/github/secrets-pubkey",
} as const

/** Good for one session, for a minute, for this key. */
export const AskChallenge = {
  method: "POST",
  path: "/challenge",
  body: z.strictObject({ worker_key: PublicKey }),
  reply: z.object({
    challenge_id: z.uuid(),
    nonce: Hex32,
    keystore: KeystoreIdentity,
    expires_in_seconds: Whole,
  }),
} as const satisfies Route

export const OpenSession = {
  method: "POST",
  path: "/session",
  body: z.strictObject({
    challenge_id: z.uuid(),
    worker_key: PublicKey,
    worker_nonce: Hex32,
    quote: z
      .string()
      .regex(/^(?:[0-9a-f]{2})+$/)
      .max(MAX_QUOTE_HEX),
    /** dstack's JSON, as it is. */
    event_log: z.string().max(MAX_EVENT_LOG),
    /** By the worker's key, over `sessionRequestBytes`. */
    signature: Signature,
  }),
  reply: z.object({
    session_id: Hex32,
    /** Block time. */
    expires_at_ns: Nanoseconds,
    /** By the keystore's signing key, over `sessionGrantBytes`. */
    signature: Signature,
  }),
} as const satisfies Route

export const SignedRecord = z
  .object({
    record: z.object({
      owner: AccountId,
      number: Whole,
      previous: Hex64,
      denial: z.enum(Object.keys(DENIALS) as [Denial, ...Denial[]]).nullable(),
      network: z.string(),
      contract_id: AccountId,
      request_id: Whole,
      request_hash: Sha256Hex,
      sender_id: AccountId,
      repo: z.string(),
      branch: z.string().nullable(),
      profile: z.string().nullable(),
      commit: FullCommit,
      wasm_hash: Sha256Hex,
      branches: z.array(z.string()),
      worker_key: PublicKey,
      measurement: z.string(),
      question_hash: Hex64,
      answer_hash: Hex64.nullable(),
      block_height: Whole,
      block_hash: CryptoHash,
      block_time_ns: z.string(),
    }),
    /** That was the keystore's when it was made. */
    signing_key: PublicKey,
    /** By that key, over `recordBytes`. */
    signature: Signature,
  })
  .meta({ id: "SignedRecord" })
export type SignedRecord = z.infer<typeof SignedRecord>

export const AskSecrets = {
  method: "POST",
  path: "/decrypt",
  body: z.strictObject({
    session_id: Hex32,
    sequence: Whole,
    contract_id: AccountId,
    request_id: Whole,
    request_hash: Sha256Hex,
    commit: FullCommit,
    wasm_hash: Sha256Hex,
    branches: z.array(Branch).max(MAX_BRANCHES),
    reply_key: Hex32,
    /** By the worker's key, over `questionBytes`. */
    signature: Signature,
  }),
  reply: z.object({
    ...SignedRecord.shape,
    /** Sealed to the reply key, in `answerContext`; null for a denial. */
    sealed: z.base64().nullable(),
  }),
} as const satisfies Route

/**
 * An owner's records, oldest first. He proves who he is as wallets do (NEP-413): `message` is the
 * text that `recordsRequest` makes, signed by a full access key of his account.
 */
export const ReadRecords = {
  method: "POST",
  path: "/records",
  body: z.strictObject({
    account_id: AccountId,
    after: Whole.default(0),
    limit: z.int().min(1).max(100).default(100),
    public_key: PublicKey,
    nonce: Hex32,
    /** Unix milliseconds; good for five minutes. */
    signed_at_ms: Whole,
    signature: Signature,
  }),
  reply: z.object({
    records: z.array(SignedRecord),
    /** How many there are, and the hash of the last: none after `after` was left out. */
    count: Whole,
    head: Hex64,
    signing_key: PublicKey,
    /** By that key, over `recordsBytes`. */
    signature: Signature,
  }),
} as const satisfies Route

/**
 * A stored secret sealed anew, for the keystore's present epoch: its owner stores it in place of the
 * old one. Anybody may ask, for nobody but the keystore can open either.
 */
export const ResealSecrets = {
  method: "POST",
  path: "/reseal",
  body: z.strictObject({
    repo: z.string().min(1).max(256),
    branch: Branch.nullable(),
    profile: z.string().min(1).max(64),
    owner: AccountId,
  }),
  reply: z.object({
    encrypted_secrets_base64: z.base64(),
    epoch: Whole,
    was_epoch: Whole,
    /** By the keystore's signing key, over `resealBytes`: anybody can seal something else for the place. */
    signature: Signature,
  }),
} as const satisfies Route

/** The coordinator's, for users. */
export const ResealStoredSecrets = { ...ResealSecrets, path: "/secrets/reseal" } as const
export const ReadSecretsRecords = { ...ReadRecords, path: "/secrets/records" } as const
