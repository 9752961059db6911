/** Transcripts for the eyes of accounts: each part under a key of its own, wrapped for each of theirs. */
import { gunzipSync, gzipSync } from "node:zlib"
import {
  type AccountId,
  type SealedPart,
  type SealedTranscript,
  Transcript,
} from "@outlayer/protocol"
import {
  canonicalBytes,
  MAX_TRANSCRIPT_BYTES,
  openBox,
  sealBox,
  SealingError,
} from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import { type AccountKey, sealingKeyOf } from "./account-keys.ts"
import type { Recording } from "./record.ts"

/** An account and its keys, in NEAR's form. */
export interface Recipient {
  accountId: AccountId
  publicKeys: readonly string[]
}

const PARTS = ["shared", "private"] as const
type PartName = (typeof PARTS)[number]

/** What a part of the largest size may unpack to. */
const MAX_PART_BYTES = 512 * 1024 * 1024

/**
 * The shared part to everybody, the private one to the owner of the secrets alone. `undefined` where
 * it is too large to be kept.
 */
export function sealTranscript(
  recording: Recording,
  to: { all: readonly Recipient[]; owner: Recipient | undefined },
  expiresAt: string,
): SealedTranscript | undefined {
  const { shared_hash } = recording.draft.transcript
  const texts = {
    shared: pack(recording.shared),
    private: recording.private && pack(recording.private),
  }
  if (texts.shared.length + (texts.private?.length ?? 0) > MAX_TRANSCRIPT_BYTES) return undefined
  const seal = (name: PartName, text: Uint8Array, recipients: readonly Recipient[]) =>
    sealPart(name, shared_hash, text, recipients)
  return {
    version: 1,
    shared_hash,
    expires_at: expiresAt,
    shared: seal("shared", texts.shared, to.all),
    private: texts.private && seal("private", texts.private, to.owner ? [to.owner] : []),
  }
}

/** As much of it as the key opens. Throws where that is nothing. */
export function openTranscript(sealed: SealedTranscript, key: AccountKey): Transcript {
  const [shared, part] = PARTS.map((name) => {
    const box = sealed[name]
    return box ? openPart(name, sealed.shared_hash, box, key) : null
  })
  if (!shared && !part) throw new Error(`this transcript is not sealed to ${key.publicKey}`)
  return Transcript.parse({ version: 1, shared, private: part, wasm: null })
}

function sealPart(
  name: PartName,
  sharedHash: string,
  text: Uint8Array,
  recipients: readonly Recipient[],
): SealedPart {
  const { randomBytes, secretbox } = nodePrimitives
  const [contentKey, nonce] = [randomBytes(32), randomBytes(24)]
  const keys = recipients.flatMap(({ accountId, publicKeys }) =>
    publicKeys.flatMap((public_key) => {
      const box = wrap(name, sharedHash, public_key, contentKey)
      return box ? [{ account_id: accountId, public_key, box: base64(box) }] : []
    }),
  )
  const sealed = { box: base64(secretbox(text, nonce, contentKey)), nonce: base64(nonce), keys }
  contentKey.fill(0)
  return sealed
}

function wrap(
  name: PartName,
  sharedHash: string,
  accountKey: string,
  contentKey: Uint8Array,
): Uint8Array | undefined {
  const publicKey = sealingKeyOf(accountKey)
  if (!publicKey) return undefined
  try {
    return sealBox(nodePrimitives, { publicKey, context: contextOf(name, sharedHash) }, contentKey)
  } catch (error) {
    // A point of low order, which somebody added to his account: nobody opens anything with it.
    if (error instanceof SealingError) return undefined
    throw error
  }
}

function openPart(
  name: PartName,
  sharedHash: string,
  { box, nonce, keys }: SealedPart,
  { publicKey, x25519SecretKey }: AccountKey,
): unknown {
  const wrapped = keys.find(({ public_key }) => public_key === publicKey)
  if (!wrapped) return null
  const key = nodePrimitives.importAgreementKey(x25519SecretKey)
  const context = contextOf(name, sharedHash)
  const contentKey = openBox(nodePrimitives, { key, context }, bytesOf(wrapped.box))
  const text = nodePrimitives.secretboxOpen(bytesOf(box), bytesOf(nonce), contentKey)
  if (!text) throw new Error(`the ${name} part of this transcript was altered`)
  const limit = { maxOutputLength: MAX_PART_BYTES }
  return JSON.parse(gunzipSync(text, limit).toString()) as unknown
}

function contextOf(name: PartName, sharedHash: string): Uint8Array {
  return canonicalBytes(nodePrimitives.utf8, "outlayer-transcript-key-1", [name, sharedHash])
}

function pack(part: object): Uint8Array {
  return new Uint8Array(gzipSync(JSON.stringify(part)))
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64")
}
