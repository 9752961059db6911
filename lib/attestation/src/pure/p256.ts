/** What ECDSA on P-256 asks of keys and signatures (FIPS 186-5, SP 800-186), alike on chain and off. */
import type { Primitives } from "./primitives.ts"

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn
const ORDER = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
const ZERO = "0".repeat(64)

/**
 * Whether x || y is a point of the curve. Who verifies with compressed keys never looks at y, so
 * without this two verifiers would disagree.
 */
export function isOnCurve(publicKeyHex: string): boolean {
  const x = BigInt(`0x${publicKeyHex.slice(0, 64)}`)
  const y = BigInt(`0x${publicKeyHex.slice(64)}`)
  if (x >= P || y >= P) return false
  return (y * y - (x * x - 3n) * x - B) % P === 0n
}

/** Whether r and s are of 1 to n - 1. Both halves of s are good: Intel signs with either. */
function isSignatureInRange(signatureHex: string): boolean {
  return isScalar(signatureHex.slice(0, 64)) && isScalar(signatureHex.slice(64))
}

/** `publicKey` has been found to be on the curve. */
export function isSigned(
  { p256Verify, encodeHex }: Primitives,
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  return isSignatureInRange(encodeHex(signature)) && p256Verify(signature, message, publicKey)
}

function isScalar(hex: string): boolean {
  return hex !== ZERO && hex < ORDER
}
