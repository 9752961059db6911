/**
 * A box that only the holder of one X25519 key can open, and only in the context that it was made
 * for: context, version and both public keys go into the derivation of key and nonce.
 */
import { hexOf } from "./canonical-bytes.ts"
import { hkdf, joinBytes, type Sha512 } from "./hkdf.ts"

/** An X25519 key that is ready to be used: making one costs more than agreeing with it. */
export interface AgreementKey {
  readonly publicKey: Uint8Array
  /** RFC 7748. May throw, or give zeros, for a point of low order: what uses it refuses either. */
  agree: (publicKey: Uint8Array) => Uint8Array
  /** Overwrites what can be overwritten. */
  forget: () => void
}

/** What tweetnacl has, and `node:crypto` for the most part. */
export interface SealingPrimitives {
  sha512: Sha512
  utf8: (text: string) => Uint8Array
  /** Throws on bytes that are not UTF-8. */
  fromUtf8: (bytes: Uint8Array) => string
  randomBytes: (length: number) => Uint8Array
  /** The secret key stays the caller's, to be overwritten. */
  importAgreementKey: (secretKey: Uint8Array) => AgreementKey
  /** At random, for one message. */
  drawAgreementKey: () => AgreementKey
  /** NaCl's XSalsa20 and Poly1305: 32 bytes of key, 24 of nonce, a tag of 16 in front. */
  secretbox: (message: Uint8Array, nonce: Uint8Array, key: Uint8Array) => Uint8Array
  secretboxOpen: (box: Uint8Array, nonce: Uint8Array, key: Uint8Array) => Uint8Array | null
}

export type SealingRefusal =
  | "context_invalid"
  | "key_invalid"
  | "envelope_malformed"
  | "envelope_version_unknown"
  | "envelope_for_other_key"
  | "envelope_not_authentic"
  | "secrets_malformed"
  | "secrets_too_large"
  | "secret_name_invalid"
  | "secret_name_reserved"
  | "secret_value_invalid"

/** Never says what was in the box. */
export class SealingError extends Error {
  override readonly name = "SealingError"
  readonly code: SealingRefusal

  constructor(code: SealingRefusal, message: string) {
    super(message)
    this.code = code
  }
}

export const PUBLIC_KEY_BYTES = 32
const KEY_BYTES = 32
const NONCE_BYTES = 24
const TAG_BYTES = 16

/** What a box is longer than the message in it. */
export const BOX_OVERHEAD_BYTES = PUBLIC_KEY_BYTES + TAG_BYTES

/** A one-time public key, then the secretbox. `context` must be canonical bytes. */
export function sealBox(
  primitives: SealingPrimitives,
  { publicKey, context }: { publicKey: Uint8Array; context: Uint8Array },
  message: Uint8Array,
): Uint8Array {
  requirePublicKey(publicKey)
  const oneTime = primitives.drawAgreementKey()
  const shared = agree(oneTime, publicKey)
  const oneTimeKey = oneTime.publicKey
  const material = deriveMaterial(primitives, shared, { oneTimeKey, publicKey, context })
  const box = primitives.secretbox(message, nonceOf(material), keyOf(material))
  for (const used of [shared, material]) used.fill(0)
  oneTime.forget()
  return joinBytes(oneTimeKey, box)
}

/** Throws `SealingError`. */
export function openBox(
  primitives: SealingPrimitives,
  { key, context }: { key: AgreementKey; context: Uint8Array },
  sealed: Uint8Array,
): Uint8Array {
  if (sealed.length < BOX_OVERHEAD_BYTES) {
    throw new SealingError("envelope_malformed", `sealed: ${sealed.length} bytes is too short`)
  }
  const oneTimeKey = sealed.slice(0, PUBLIC_KEY_BYTES)
  requirePublicKey(oneTimeKey)
  const shared = agree(key, oneTimeKey)
  const bound = { oneTimeKey, publicKey: key.publicKey, context }
  const material = deriveMaterial(primitives, shared, bound)
  const box = sealed.slice(PUBLIC_KEY_BYTES)
  const message = primitives.secretboxOpen(box, nonceOf(material), keyOf(material))
  for (const used of [shared, material]) used.fill(0)
  if (!message) {
    throw new SealingError("envelope_not_authentic", "sealed for another key or another context")
  }
  return message
}

/**
 * X25519 that refuses points of low order: with one, the shared secret is known to everybody
 * (RFC 7748 section 6.1). All of them give zeros under every clamped scalar.
 */
function agree(key: AgreementKey, publicKey: Uint8Array): Uint8Array {
  const shared = key.agree(publicKey)
  if (shared.every((byte) => byte === 0)) {
    throw new SealingError("key_invalid", "publicKey: a point of low order")
  }
  return shared
}

/**
 * The u-coordinates of low order below 2^255, little-endian, as listed at
 * https://cr.yp.to/ecdh.html#validate; the top bit is not looked at (RFC 7748 section 5).
 */
const LOW_ORDER_POINTS = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]

/** Throws `key_invalid` for a wrong length or a point of low order. */
export function requirePublicKey(publicKey: Uint8Array): void {
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new SealingError("key_invalid", `publicKey: ${publicKey.length} bytes instead of 32`)
  }
  const coordinate = publicKey.map((byte, i) => (i === 31 ? byte & 0x7f : byte))
  if (LOW_ORDER_POINTS.includes(hexOf(coordinate))) {
    throw new SealingError("key_invalid", "publicKey: a point of low order")
  }
}

function deriveMaterial(
  primitives: SealingPrimitives,
  shared: Uint8Array,
  bound: { oneTimeKey: Uint8Array; publicKey: Uint8Array; context: Uint8Array },
): Uint8Array {
  return hkdf(primitives.sha512, {
    secret: shared,
    salt: joinBytes(bound.oneTimeKey, bound.publicKey),
    info: bound.context,
    length: KEY_BYTES + NONCE_BYTES,
  })
}

function keyOf(material: Uint8Array): Uint8Array {
  return material.subarray(0, KEY_BYTES)
}

function nonceOf(material: Uint8Array): Uint8Array {
  return material.subarray(KEY_BYTES)
}
