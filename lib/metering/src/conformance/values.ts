/** Values as a script writes them, as their bits, little-endian, and whether one is what was expected. */
import type { Value } from "./commands.ts"

export type Bits = { bits: string } | { reference: unknown }

const widths: Record<string, number> = {
  i8: 1,
  i16: 2,
  i32: 4,
  f32: 4,
  i64: 8,
  f64: 8,
  v128: 16,
}

/** What an argument is. References to the host are numbers. */
export function readValue({ type, value, lane_type: lane }: Value): Bits {
  if (Array.isArray(value)) {
    return { bits: value.map((one) => bitsOf(lane ?? type, one)).join("") }
  }
  if (type.endsWith("ref")) return { reference: value === "null" ? null : Number(value) }
  return { bits: bitsOf(type, value ?? "0") }
}

/** Of a NaN pattern, its least payload. */
function bitsOf(type: string, text: string): string {
  const width = widths[type]
  if (width === undefined) throw new Error(`no width of ${type}`)
  const value = text.startsWith("nan") ? canonicalNan(width) : BigInt(text)
  const bits = BigInt.asUintN(8 * width, value)
  return reversed(bits.toString(16).padStart(2 * width, "0"))
}

function reversed(hex: string): string {
  return Buffer.from(hex, "hex").reverse().toString("hex")
}

function canonicalNan(width: number): bigint {
  return width === 4 ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n
}

/** Whether `actual` is what the script asks for. */
export function matches(expected: Value, actual: Bits): boolean {
  const { type, value } = expected
  if (type === "either") return (expected.values ?? []).some((one) => matches(one, actual))
  if ("reference" in actual) {
    const number = bitsOfNumber(type, actual.reference)
    if (number !== undefined) return matches(expected, number)
    return matchesReference(type, value, actual.reference)
  }
  const texts = Array.isArray(value) ? value : [value ?? "0"]
  const lane = Array.isArray(value) ? (expected.lane_type ?? type) : type
  const width = 2 * (widths[lane] ?? 0)
  return (
    actual.bits.length === width * texts.length &&
    texts.every((text, index) => {
      const bits = actual.bits.slice(index * width, (index + 1) * width)
      return text.startsWith("nan:") ? isNan(bits, text) : bits === bitsOf(lane, text)
    })
  )
}

/** A global's value comes by way of JavaScript. */
function bitsOfNumber(type: string, value: unknown): Bits | undefined {
  const view = new DataView(new ArrayBuffer(widths[type] ?? 0))
  if (type === "i64" && typeof value === "bigint") view.setBigInt64(0, value, true)
  else if (typeof value !== "number") return undefined
  else if (type === "i32") view.setInt32(0, value, true)
  else if (type === "f32") view.setFloat32(0, value, true)
  else if (type === "f64") view.setFloat64(0, value, true)
  else return undefined
  return { bits: Buffer.from(view.buffer).toString("hex") }
}

/** Whether the script leaves open which NaN it is. */
export function leavesNanOpen({ value, values }: Value): boolean {
  const texts = Array.isArray(value) ? value : [value ?? ""]
  return texts.some((text) => text.startsWith("nan:")) || (values ?? []).some(leavesNanOpen)
}

/** Of either sign; an arithmetic one has the uppermost bit of its payload, and any others. */
function isNan(bits: string, kind: string): boolean {
  const value = BigInt(`0x${reversed(bits)}`)
  const width = bits.length / 2
  const canonical = canonicalNan(width)
  const unsigned = BigInt.asUintN(8 * width - 1, value)
  return kind === "nan:canonical" ? unsigned === canonical : (unsigned & canonical) === canonical
}

function matchesReference(type: string, value: Value["value"], reference: unknown): boolean {
  if (value === "null" || type === "refnull") return reference === null
  if (value === undefined) return reference !== null
  return reference === Number(value)
}
