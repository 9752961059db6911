import { createHash, createPublicKey, verify } from "node:crypto"
import { ed25519 } from "@noble/curves/ed25519.js"

const { Point } = ed25519

/** RFC 8410 section 4: what stands before the key's 32 bytes. */
const SPKI = Buffer.from("302a300506032b6570032100", "hex")

/**
 * Verifies as ed25519-dalek does: cofactorless, S below the group's order, keys of small order and non-canonical ones allowed.
 * Newer releases of OpenSSL refuse some of those keys, so what it refuses is computed once more.
 */
export function verifyEd25519(
  message: Uint8Array,
  publicKey: Uint8Array,
  signature: Uint8Array,
): boolean {
  return (
    verifyByOpenssl(message, publicKey, signature) ||
    verifyByEquation(message, publicKey, signature)
  )
}

function verifyByOpenssl(message: Uint8Array, publicKey: Uint8Array, signature: Uint8Array) {
  try {
    const der = Buffer.concat([SPKI, publicKey])
    const key = createPublicKey({ key: der, format: "der", type: "spki" })
    return verify(null, message, key, signature)
  } catch {
    return false
  }
}

/** RFC 8032 section 5.1.7 without the cofactor: R is the encoding of S B - k A. */
function verifyByEquation(message: Uint8Array, publicKey: Uint8Array, signature: Uint8Array) {
  const order = Point.Fn.ORDER
  const r = signature.subarray(0, 32)
  const s = littleEndian(signature.subarray(32))
  if (s >= order) return false
  const k = littleEndian(createHash("sha512").update(r).update(publicKey).update(message).digest())
  try {
    const key = Point.fromBytes(publicKey, true)
    const sum = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k % order))
    return Buffer.compare(sum.toBytes(), r) === 0
  } catch {
    // Not a point.
    return false
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`)
}
