/** P-256 keys from a seed, and signatures that are the same whenever they are made (RFC 6979). */
import { createHash } from "node:crypto"
import { p256 } from "@noble/curves/nist.js"

export interface SigningKey {
  /** x || y. */
  readonly publicKey: Uint8Array
  /** r || s. */
  /** The scalar: keys of a simulator are nobody's secret. */
  readonly secret: Uint8Array
  readonly sign: (message: Uint8Array) => Uint8Array
}

export function createSigningKey(seed: Uint8Array, label: string): SigningKey {
  const secret = createHash("sha256").update(seed).update(`\0${label}`).digest()
  return {
    secret,
    publicKey: p256.getPublicKey(secret, false).subarray(1),
    sign: (message) => p256.sign(message, secret, { lowS: false }),
  }
}
