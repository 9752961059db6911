/** An account's ed25519 keys as X25519 ones, to seal to it and to open what was sealed. */
import { ed25519 } from "@noble/curves/ed25519.js"
import { base58Of, decodePublicKey } from "@outlayer/protocol/pure"

export interface AccountKey {
  /** In NEAR's form. */
  publicKey: string
  x25519SecretKey: Uint8Array
}

/** `undefined` for what is no point of the curve: an access key may be any 32 bytes. */
export function sealingKeyOf(publicKey: string): Uint8Array | undefined {
  const bytes = decodePublicKey(publicKey)
  if (!bytes) return undefined
  try {
    return ed25519.utils.toMontgomery(bytes)
  } catch {
    return undefined
  }
}

/** `ed25519:` and base58 of the seed, with or without the public key behind it, as NEAR's tools write it. */
export function readSecretKey(text: string): AccountKey {
  const bytes = decodeSecretKey(text.trim())
  const seed = bytes.subarray(0, 32)
  const publicBytes = ed25519.getPublicKey(seed)
  return {
    publicKey: `ed25519:${base58Of(publicBytes)}`,
    x25519SecretKey: ed25519.utils.toMontgomerySecret(seed),
  }
}

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

function decodeSecretKey(text: string): Uint8Array {
  const [, digits = ""] = /^ed25519:([1-9A-HJ-NP-Za-km-z]{32,90})$/.exec(text) ?? []
  let value = 0n
  for (const digit of digits) value = value * 58n + BigInt(ALPHABET.indexOf(digit))
  const zeros = /^1*/.exec(digits)?.[0].length ?? 0
  const hex = value === 0n ? "" : value.toString(16)
  const bytes = Buffer.concat([
    Buffer.alloc(zeros),
    Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex"),
  ])
  if (bytes.length !== 32 && bytes.length !== 64) throw new Error("this is no ed25519 secret key")
  return bytes
}
