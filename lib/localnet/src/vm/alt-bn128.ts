import { bn254 } from "@noble/curves/bn254.js"

/** What is wrong with the bytes, as nearcore puts it. */
export class InvalidAltBn128 extends Error {}

const { Fp, Fp2, Fr, Fp12 } = bn254.fields
const G1 = bn254.G1.Point
const G2 = bn254.G2.Point
type G1Point = typeof G1.ZERO
type G2Point = typeof G2.ZERO

const FIELD_BYTES = 32
const POINT_BYTES = 64

/** Points are little-endian coordinates; two zeros are the neutral element. */
export function sum(elements: readonly Uint8Array[]): Uint8Array {
  const signed = elements.map((element) => {
    const negative = decodeSign(element.subarray(0, 1))
    const point = decodeG1(element.subarray(1))
    return negative ? point.negate() : point
  })
  return encodeG1(signed.reduce((total, point) => total.add(point), G1.ZERO))
}

export function multiexp(elements: readonly Uint8Array[]): Uint8Array {
  const products = elements.map((element) => {
    const point = decodeG1(element.subarray(0, POINT_BYTES))
    return point.multiplyUnsafe(decodeScalar(element.subarray(POINT_BYTES)))
  })
  return encodeG1(products.reduce((total, point) => total.add(point), G1.ZERO))
}

export function pairingCheck(elements: readonly Uint8Array[]): boolean {
  const pairs = elements.map((element) => ({
    g1: decodeG1(element.subarray(0, POINT_BYTES)),
    g2: decodeG2(element.subarray(POINT_BYTES)),
  }))
  // A neutral element pairs to one.
  const others = pairs.filter(({ g1, g2 }) => !g1.is0() && !g2.is0())
  return others.length === 0 || Fp12.eql(bn254.pairingBatch(others), Fp12.ONE)
}

function decodeG1(bytes: Uint8Array): G1Point {
  const x = decodeField(bytes.subarray(0, FIELD_BYTES))
  const y = decodeField(bytes.subarray(FIELD_BYTES))
  if (x === 0n && y === 0n) return G1.ZERO
  try {
    const point = G1.fromAffine({ x, y })
    point.assertValidity()
    return point
  } catch {
    throw invalid("invalid g1", bytes)
  }
}

function decodeG2(bytes: Uint8Array): G2Point {
  const [x0, x1, y0, y1] = [0, 1, 2, 3].map((index) =>
    decodeField(bytes.subarray(index * FIELD_BYTES, (index + 1) * FIELD_BYTES)),
  ) as [bigint, bigint, bigint, bigint]
  const x = Fp2.fromBigTuple([x0, x1])
  const y = Fp2.fromBigTuple([y0, y1])
  if (Fp2.is0(x) && Fp2.is0(y)) return G2.ZERO
  try {
    const point = G2.fromAffine({ x, y })
    point.assertValidity()
    return point
  } catch {
    throw invalid("invalid g2", bytes)
  }
}

function decodeField(bytes: Uint8Array): bigint {
  const value = littleEndian(bytes)
  if (value >= Fp.ORDER) throw invalid("invalid fq", bytes)
  return value
}

function decodeScalar(bytes: Uint8Array): bigint {
  const value = littleEndian(bytes)
  if (value >= Fr.ORDER) throw invalid("invalid fr", bytes)
  return value
}

function decodeSign(bytes: Uint8Array): boolean {
  const [sign = 0] = bytes
  if (sign > 1) throw invalid("invalid bool", bytes)
  return sign === 1
}

function encodeG1(point: G1Point): Uint8Array {
  const { x, y } = point.is0() ? { x: 0n, y: 0n } : point.toAffine()
  return Buffer.concat([encodeField(x), encodeField(y)])
}

function encodeField(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(2 * FIELD_BYTES, "0"), "hex").reverse()
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`)
}

function invalid(what: string, bytes: Uint8Array): InvalidAltBn128 {
  const hex = Array.from(bytes, (byte) => byte.toString(16).toUpperCase())
  return new InvalidAltBn128(`${what}: [${hex.join(", ")}]`)
}
