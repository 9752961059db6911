import { bls12_381 } from "@noble/curves/bls12-381.js"
import { bytesToNumberBE, bytesToNumberLE, numberToBytesBE } from "@noble/curves/utils.js"

const { Fp, Fp2, Fr, Fp12 } = bls12_381.fields

/** Bits of the first byte (zcash's encoding). */
const COMPRESSED = 0x80
const INFINITY = 0x40
const LARGER_Y = 0x20

const FP_BYTES = 48

type G1 = typeof bls12_381.G1.Point.ZERO
type G2 = typeof bls12_381.G2.Point.ZERO

/** What G1 and G2 differ in: the field of their coordinates, and how it is written. */
interface Group<Field, Point> {
  /** Of one coordinate. */
  coordinateBytes: number
  zero: Point
  decode: (bytes: Uint8Array) => Field | undefined
  encode: (field: Field) => Uint8Array
  /** Undefined: not on the curve. */
  point: (x: Field, y: Field) => Point | undefined
  affine: (point: Point) => { x: Field; y: Field }
  /** Of x^3 + b. */
  y: (x: Field) => Field | undefined
  negate: (y: Field) => Field
  isZero: (field: Field) => boolean
  map: (field: Field) => Point
}

export const g1: Group<bigint, G1> = {
  coordinateBytes: FP_BYTES,
  zero: bls12_381.G1.Point.ZERO,
  decode: decodeFp,
  encode: encodeFp,
  point: (x, y) =>
    Fp.eql(Fp.sqr(y), curve1(x)) ? bls12_381.G1.Point.fromAffine({ x, y }) : undefined,
  affine: (point) => point.toAffine(),
  y: (x) => rootOf(() => Fp.sqrt(curve1(x))),
  negate: (y) => Fp.neg(y),
  isZero: (x) => Fp.is0(x),
  // What noble does, not what its types say: one number for G1, and a point comes back.
  map: (u) => bls12_381.G1.mapToCurve(u as never) as unknown as G1,
}

type Fp2Value = typeof Fp2.ZERO

export const g2: Group<Fp2Value, G2> = {
  coordinateBytes: 2 * FP_BYTES,
  zero: bls12_381.G2.Point.ZERO,
  decode: decodeFp2,
  encode: ({ c0, c1 }) => Buffer.concat([encodeFp(c1), encodeFp(c0)]),
  point: (x, y) =>
    Fp2.eql(Fp2.sqr(y), curve2(x)) ? bls12_381.G2.Point.fromAffine({ x, y }) : undefined,
  affine: (point) => point.toAffine(),
  y: (x) => rootOf(() => Fp2.sqrt(curve2(x))),
  negate: (y) => Fp2.neg(y),
  isZero: (x) => Fp2.is0(x),
  map: ({ c0, c1 }) => bls12_381.G2.mapToCurve([c0, c1]) as unknown as G2,
}

interface PointOf<Point> {
  is0(): boolean
  add(other: Point): Point
  negate(): Point
  isTorsionFree(): boolean
  multiplyUnsafe(scalar: bigint): Point
}

/** Any point of the curve but those with x = 0, which nearcore's library calls bad at this protocol version. */
export function sum<Field, Point extends PointOf<Point>>(
  group: Group<Field, Point>,
  elements: readonly Uint8Array[],
): Uint8Array | undefined {
  let total = group.zero
  for (const element of elements) {
    const [sign = 0] = element
    const point = decodePoint(group, element.subarray(1))
    if (point === undefined || sign > 1) return undefined
    total = total.add(sign === 1 ? point.negate() : point)
  }
  return encodePoint(group, total)
}

export function multiexp<Field, Point extends PointOf<Point>>(
  group: Group<Field, Point>,
  elements: readonly Uint8Array[],
): Uint8Array | undefined {
  let total = group.zero
  for (const element of elements) {
    const pointBytes = 2 * group.coordinateBytes
    const point = decodeMember(group, element.subarray(0, pointBytes))
    if (point === undefined) return undefined
    const scalar = bytesToNumberLE(element.subarray(pointBytes)) % Fr.ORDER
    total = total.add(point.multiplyUnsafe(scalar))
  }
  return encodePoint(group, total)
}

export function mapToGroup<Field, Point extends PointOf<Point>>(
  group: Group<Field, Point>,
  elements: readonly Uint8Array[],
): Uint8Array | undefined {
  const points: Uint8Array[] = []
  for (const element of elements) {
    const field = group.decode(element)
    if (field === undefined) return undefined
    points.push(encodePoint(group, group.map(field)))
  }
  return Buffer.concat(points)
}

export function decompress<Field, Point extends PointOf<Point>>(
  group: Group<Field, Point>,
  elements: readonly Uint8Array[],
): Uint8Array | undefined {
  const points: Uint8Array[] = []
  for (const element of elements) {
    const point = decompressPoint(group, element)
    if (point === undefined) return undefined
    points.push(encodePoint(group, point))
  }
  return Buffer.concat(points)
}

/** 0: their product is one; 1: a bad point; 2: it is not one. */
export function pairingCheck(elements: readonly Uint8Array[]): bigint {
  const pairs: { g1: G1; g2: G2 }[] = []
  for (const element of elements) {
    const first = decodeMember(g1, element.subarray(0, 2 * FP_BYTES))
    if (first === undefined) return 1n
    const second = decodeMember(g2, element.subarray(2 * FP_BYTES))
    if (second === undefined) return 1n
    // A neutral element pairs to one.
    if (!first.is0() && !second.is0()) pairs.push({ g1: first, g2: second })
  }
  const isOne = pairs.length === 0 || Fp12.eql(bls12_381.pairingBatch(pairs), Fp12.ONE)
  return isOne ? 0n : 2n
}

function decodeMember<Field, Point extends PointOf<Point>>(
  group: Group<Field, Point>,
  bytes: Uint8Array,
): Point | undefined {
  const point = decodePoint(group, bytes)
  return point?.isTorsionFree() === true ? point : undefined
}

function decodePoint<Field, Point>(
  group: Group<Field, Point>,
  bytes: Uint8Array,
): Point | undefined {
  const [flags = 0] = bytes
  if ((flags & COMPRESSED) !== 0) return undefined
  if ((flags & INFINITY) !== 0) return isInfinity(bytes, INFINITY) ? group.zero : undefined
  const x = group.decode(bytes.subarray(0, group.coordinateBytes))
  const y = group.decode(bytes.subarray(group.coordinateBytes))
  if (x === undefined || y === undefined || group.isZero(x)) return undefined
  return group.point(x, y)
}

function decompressPoint<Field, Point>(
  group: Group<Field, Point>,
  bytes: Uint8Array,
): Point | undefined {
  const [flags = 0] = bytes
  if ((flags & COMPRESSED) === 0) return undefined
  if ((flags & INFINITY) !== 0) {
    return isInfinity(bytes, COMPRESSED | INFINITY) ? group.zero : undefined
  }
  const coordinate = Uint8Array.from(bytes)
  coordinate[0] = flags & ~(COMPRESSED | LARGER_Y)
  const x = group.decode(coordinate)
  if (x === undefined || group.isZero(x)) return undefined
  const y = group.y(x)
  if (y === undefined) return undefined
  const negated = group.negate(y)
  // As bytes, big-endian and c1 before c0, the larger number comes later.
  const isLarger = Buffer.compare(group.encode(y), group.encode(negated)) > 0
  return group.point(x, isLarger === ((flags & LARGER_Y) !== 0) ? y : negated)
}

function encodePoint<Field, Point extends PointOf<Point>>(
  group: Group<Field, Point>,
  point: Point,
): Uint8Array {
  if (point.is0()) {
    const infinity = new Uint8Array(2 * group.coordinateBytes)
    infinity[0] = INFINITY
    return infinity
  }
  const { x, y } = group.affine(point)
  return Buffer.concat([group.encode(x), group.encode(y)])
}

function isInfinity(bytes: Uint8Array, flags: number): boolean {
  return bytes[0] === flags && bytes.subarray(1).every((byte) => byte === 0)
}

function decodeFp(bytes: Uint8Array): bigint | undefined {
  const value = bytesToNumberBE(bytes)
  return value < Fp.ORDER ? value : undefined
}

function decodeFp2(bytes: Uint8Array): Fp2Value | undefined {
  const c1 = decodeFp(bytes.subarray(0, FP_BYTES))
  const c0 = decodeFp(bytes.subarray(FP_BYTES))
  return c0 === undefined || c1 === undefined ? undefined : Fp2.fromBigTuple([c0, c1])
}

function encodeFp(value: bigint): Uint8Array {
  return numberToBytesBE(value, FP_BYTES)
}

function curve1(x: bigint): bigint {
  return Fp.add(Fp.mul(Fp.sqr(x), x), 4n)
}

function curve2(x: Fp2Value): Fp2Value {
  return Fp2.add(Fp2.mul(Fp2.sqr(x), x), Fp2.fromBigTuple([4n, 4n]))
}

function rootOf<T>(sqrt: () => T): T | undefined {
  try {
    return sqrt()
  } catch {
    // Not a square.
    return undefined
  }
}
