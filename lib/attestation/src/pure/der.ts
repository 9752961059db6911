/**
 * A reader of DER (X.690) over offsets: on chain every allocation is paid for. Lengths are definite
 * and minimal, at most 65,535; elements end where their parent ends.
 */
import { type Reason, Refusal } from "./refusal.ts"

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context3: 0xa3,
} as const

/** A window on the elements of one parent. */
export interface Der {
  readonly bytes: Uint8Array
  /** Where the next element starts. */
  at: number
  readonly end: number
  /** The code with which a malformed element is refused. */
  readonly reason: Reason
}

export function openDer(bytes: Uint8Array, reason: Reason): Der {
  return { bytes, at: 0, end: bytes.length, reason }
}

/** Moves past the next element. Its content is what lies between the result and `der.at`. */
export function pass(der: Der, tag: number): number {
  const { bytes, end } = der
  let start = der.at + 2
  if (start > end || bytes[der.at] !== tag) throw malformed(der)
  let length = bytes[start - 1] ?? 0
  if (length === 0x81) {
    length = bytes[start] ?? 0
    start += 1
    if (length < 0x80) throw malformed(der)
  } else if (length === 0x82) {
    length = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0)
    start += 2
    if (length < 0x100) throw malformed(der)
  } else if (length > 0x7f) {
    throw malformed(der)
  }
  if (start + length > end) throw malformed(der)
  der.at = start + length
  return start
}

export function enter(der: Der, tag: number): Der {
  const at = pass(der, tag)
  return { bytes: der.bytes, at, end: der.at, reason: der.reason }
}

/** The content of the next element. */
export function take(der: Der, tag: number): Uint8Array {
  const start = pass(der, tag)
  return der.bytes.subarray(start, der.at)
}

/** The whole of the next element, header included. */
export function takeWhole(der: Der, tag: number): Uint8Array {
  const start = der.at
  pass(der, tag)
  return der.bytes.subarray(start, der.at)
}

export function isNext(der: Der, tag: number): boolean {
  return der.at < der.end && der.bytes[der.at] === tag
}

export function hasMore(der: Der): boolean {
  return der.at < der.end
}

export function finish(der: Der): void {
  if (der.at !== der.end) throw malformed(der)
}

/** A small unsigned INTEGER, up to 65,535. */
export function takeSmallInteger(der: Der, tag: number = TAG.integer): number {
  const content = take(der, tag)
  const first = content[0] ?? 0x80
  if (first >= 0x80 || content.length > 3) throw malformed(der)
  if (first === 0 && content.length > 1 && (content[1] ?? 0) < 0x80) throw malformed(der)
  if (content.length === 3 && first !== 0) throw malformed(der)
  let value = 0
  for (const byte of content) value = value * 256 + byte
  return value
}

export function takeBoolean(der: Der): boolean {
  const content = take(der, TAG.boolean)
  const byte = content[0] ?? 1
  if (content.length !== 1 || (byte !== 0 && byte !== 0xff)) throw malformed(der)
  return byte === 0xff
}

/** The content of a BIT STRING of whole bytes. */
export function takeBits(der: Der): Uint8Array {
  const content = take(der, TAG.bitString)
  if (content[0] !== 0) throw malformed(der)
  return content.subarray(1)
}

export function malformed(der: Der): Refusal {
  return new Refusal(der.reason, `unexpected DER at byte ${der.at}`)
}
