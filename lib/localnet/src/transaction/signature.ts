import { createPublicKey, verify } from "node:crypto"
import { secp256k1 } from "@noble/curves/secp256k1.js"

/** DER of an ed25519 public key, but for the key. */
const SPKI = Buffer.from("302a300506032b6570032100", "hex")

/** Key and signature are borsh bytes; `hash` is SHA-256 of what was signed. */
export function isSigned(hash: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature[0] !== publicKey[0]) return false
  try {
    return publicKey[0] === 0
      ? isSignedEd25519(hash, signature.subarray(1), publicKey.subarray(1))
      : isSignedSecp256k1(hash, signature.subarray(1), publicKey.subarray(1))
  } catch {
    return false // bytes that are no point of the curve
  }
}

function isSignedEd25519(hash: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  const spki = createPublicKey({ key: Buffer.concat([SPKI, key]), format: "der", type: "spki" })
  return verify(undefined, hash, spki, signature)
}

/** 65 bytes: r, s, recovery id. The key is the point without its leading 04. */
function isSignedSecp256k1(hash: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  const recovered = Buffer.concat([signature.subarray(64), signature.subarray(0, 64)])
  const point = secp256k1.recoverPublicKey(recovered, hash, { prehash: false })
  const full = secp256k1.Point.fromBytes(point).toBytes(false)
  return Buffer.compare(full.subarray(1), key) === 0
}
