/** The frame that X.509 certificates and CRLs share: what is signed, how, and the signature. */
import {
  type Der,
  enter,
  finish,
  malformed,
  openDer,
  TAG,
  take,
  takeBits,
  takeWhole,
} from "./der.ts"
import type { Primitives } from "./primitives.ts"

/** SEQUENCE { OID ecdsa-with-SHA256 } (RFC 5758, 3.2). */
const ECDSA_WITH_SHA256 = "300a06082a8648ce3d040302"

/** The signature is r || s. */
export function readSigned(
  parts: Der,
  primitives: Primitives,
): { signed: Uint8Array; signature: Uint8Array } {
  const signed = takeWhole(parts, TAG.sequence)
  passAlgorithm(parts, primitives)
  const bits = openDer(takeBits(parts), parts.reason)
  finish(parts)
  const pair = enter(bits, TAG.sequence)
  finish(bits)
  const signature = new Uint8Array(64)
  putScalar(pair, signature, 32)
  putScalar(pair, signature, 64)
  finish(pair)
  return { signed, signature }
}

/** The one algorithm of this hierarchy. */
export function passAlgorithm(der: Der, { encodeHex }: Primitives): void {
  if (encodeHex(takeWhole(der, TAG.sequence)) !== ECDSA_WITH_SHA256) throw malformed(der)
}

/** An unsigned INTEGER of at most 32 bytes, right-aligned before `end`. */
function putScalar(pair: Der, into: Uint8Array, end: number): void {
  const content = take(pair, TAG.integer)
  const first = content[0] ?? 0x80
  if (first >= 0x80 || (first === 0 && content.length > 1 && (content[1] ?? 0) < 0x80)) {
    throw malformed(pair)
  }
  const scalar = first === 0 ? content.subarray(1) : content
  if (scalar.length > 32) throw malformed(pair)
  into.set(scalar, end - scalar.length)
}
