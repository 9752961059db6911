/** Numeric operators on bit patterns, one by one and by the book (WebAssembly 2.0, section 4.3). */
import type { Type } from "./tree.ts"

export class Trap extends Error {}

export interface Operator {
  opcode: number
  takes: Type[]
  gives: Type
  run: (...operands: bigint[]) => bigint
}

const view = new DataView(new ArrayBuffer(8))
const widths = { i32: 32, i64: 64 } as const

export const operators = new Map<string, Operator>()

for (const type of ["i32", "i64"] as const) addIntegers(type)
for (const type of ["f32", "f64"] as const) addFloats(type)
addConversions()

function add(name: string, opcode: number, takes: Type[], gives: Type, run: Operator["run"]) {
  operators.set(name, { opcode, takes, gives, run })
}

function addIntegers(type: "i32" | "i64") {
  const bits = widths[type]
  const wide = BigInt(bits)
  const s = (value: bigint) => BigInt.asIntN(bits, value)
  const u = (value: bigint) => BigInt.asUintN(bits, value)
  const truth = (value: boolean) => (value ? 1n : 0n)
  const text = (value: bigint) => u(value).toString(2).padStart(bits, "0")
  const base =
    type === "i32"
      ? { test: 0x45, compare: 0x46, count: 0x67 }
      : { test: 0x50, compare: 0x51, count: 0x79 }
  const one = [type]
  const two = [type, type]
  add(`${type}.eqz`, base.test, one, "i32", (a) => truth(a === 0n))
  const comparisons: [string, (a: bigint, b: bigint) => boolean][] = [
    ["eq", (a, b) => a === b],
    ["ne", (a, b) => a !== b],
    ["lt_s", (a, b) => s(a) < s(b)],
    ["lt_u", (a, b) => a < b],
    ["gt_s", (a, b) => s(a) > s(b)],
    ["gt_u", (a, b) => a > b],
    ["le_s", (a, b) => s(a) <= s(b)],
    ["le_u", (a, b) => a <= b],
    ["ge_s", (a, b) => s(a) >= s(b)],
    ["ge_u", (a, b) => a >= b],
  ]
  comparisons.forEach(([name, compare], index) => {
    add(`${type}.${name}`, base.compare + index, two, "i32", (a = 0n, b = 0n) =>
      truth(compare(a, b)),
    )
  })
  const counts: [string, (value: bigint) => number][] = [
    ["clz", (a) => (text(a) + "1").indexOf("1")],
    ["ctz", (a) => ("1" + text(a)).length - 1 - ("1" + text(a)).lastIndexOf("1")],
    ["popcnt", (a) => text(a).split("1").length - 1],
  ]
  counts.forEach(([name, count], index) => {
    add(`${type}.${name}`, base.count + index, one, type, (a = 0n) =>
      name === "ctz" && a === 0n ? wide : BigInt(count(a)),
    )
  })
  const divide = (a: bigint, b: bigint) => {
    if (b === 0n) throw new Trap("divide by zero")
    return a / b
  }
  const remainder = (a: bigint, b: bigint) => {
    if (b === 0n) throw new Trap("remainder by zero")
    return a % b
  }
  const arithmetic: [string, (a: bigint, b: bigint) => bigint][] = [
    ["add", (a, b) => a + b],
    ["sub", (a, b) => a - b],
    ["mul", (a, b) => a * b],
    [
      "div_s",
      (a, b) => {
        const quotient = divide(s(a), s(b))
        if (quotient === 1n << (wide - 1n)) throw new Trap("divide result unrepresentable")
        return quotient
      },
    ],
    ["div_u", (a, b) => divide(a, b)],
    ["rem_s", (a, b) => remainder(s(a), s(b))],
    ["rem_u", (a, b) => remainder(a, b)],
    ["and", (a, b) => a & b],
    ["or", (a, b) => a | b],
    ["xor", (a, b) => a ^ b],
    ["shl", (a, b) => a << (b % wide)],
    ["shr_s", (a, b) => s(a) >> (b % wide)],
    ["shr_u", (a, b) => a >> (b % wide)],
    ["rotl", (a, b) => (a << (b % wide)) | (a >> (wide - (b % wide)))],
    ["rotr", (a, b) => (a >> (b % wide)) | (a << (wide - (b % wide)))],
  ]
  arithmetic.forEach(([name, run], index) => {
    add(`${type}.${name}`, base.count + 3 + index, two, type, (a = 0n, b = 0n) => u(run(a, b)))
  })
}

function addFloats(type: "f32" | "f64") {
  const base =
    type === "f32"
      ? { compare: 0x5b, unary: 0x8b, binary: 0x92 }
      : { compare: 0x61, unary: 0x99, binary: 0xa0 }
  const sign = type === "f32" ? 1n << 31n : 1n << 63n
  const comparisons: [string, (a: number, b: number) => boolean][] = [
    ["eq", (a, b) => a === b],
    ["ne", (a, b) => a !== b],
    ["lt", (a, b) => a < b],
    ["gt", (a, b) => a > b],
    ["le", (a, b) => a <= b],
    ["ge", (a, b) => a >= b],
  ]
  comparisons.forEach(([name, compare], index) => {
    add(`${type}.${name}`, base.compare + index, [type, type], "i32", (a = 0n, b = 0n) =>
      compare(toNumber(type, a), toNumber(type, b)) ? 1n : 0n,
    )
  })
  add(`${type}.abs`, base.unary, [type], type, (a = 0n) => a & ~sign)
  add(`${type}.neg`, base.unary + 1, [type], type, (a = 0n) => a ^ sign)
  const unary: [string, (a: number) => number][] = [
    ["ceil", Math.ceil],
    ["floor", Math.floor],
    ["trunc", Math.trunc],
    ["nearest", nearest],
    ["sqrt", Math.sqrt],
  ]
  unary.forEach(([name, run], index) => {
    add(`${type}.${name}`, base.unary + 2 + index, [type], type, (a = 0n) =>
      toBits(type, run(toNumber(type, a))),
    )
  })
  const binary: [string, (a: number, b: number) => number][] = [
    ["add", (a, b) => a + b],
    ["sub", (a, b) => a - b],
    ["mul", (a, b) => a * b],
    ["div", (a, b) => a / b],
    ["min", Math.min],
    ["max", Math.max],
  ]
  binary.forEach(([name, run], index) => {
    add(`${type}.${name}`, base.binary + index, [type, type], type, (a = 0n, b = 0n) =>
      toBits(type, run(toNumber(type, a), toNumber(type, b))),
    )
  })
  add(
    `${type}.copysign`,
    base.binary + 6,
    [type, type],
    type,
    (a = 0n, b = 0n) => (a & ~sign) | (b & sign),
  )
}

function addConversions() {
  add("i32.wrap_i64", 0xa7, ["i64"], "i32", (a = 0n) => BigInt.asUintN(32, a))
  add("i64.extend_i32_s", 0xac, ["i32"], "i64", (a = 0n) =>
    BigInt.asUintN(64, BigInt.asIntN(32, a)),
  )
  add("i64.extend_i32_u", 0xad, ["i32"], "i64", (a = 0n) => a)
  const truncations: ["i32" | "i64", number, number][] = [
    ["i32", 0xa8, 256],
    ["i64", 0xae, 260],
  ]
  for (const [type, trapping, saturating] of truncations) {
    ;(["f32", "f64"] as const).forEach((from, place) => {
      ;([true, false] as const).forEach((isSigned, second) => {
        const name = `${from}_${isSigned ? "s" : "u"}`
        const index = 2 * place + second
        add(`${type}.trunc_${name}`, trapping + index, [from], type, (a = 0n) =>
          truncate(type, toNumber(from, a), isSigned, true),
        )
        add(`${type}.trunc_sat_${name}`, saturating + index, [from], type, (a = 0n) =>
          truncate(type, toNumber(from, a), isSigned, false),
        )
      })
    })
  }
  const conversions: ["f32" | "f64", "i32" | "i64", number][] = [
    ["f32", "i32", 0xb2],
    ["f32", "i64", 0xb4],
    ["f64", "i32", 0xb7],
    ["f64", "i64", 0xb9],
  ]
  for (const [to, from, opcode] of conversions) {
    add(`${to}.convert_${from}_s`, opcode, [from], to, (a = 0n) =>
      convert(to, BigInt.asIntN(widths[from], a)),
    )
    add(`${to}.convert_${from}_u`, opcode + 1, [from], to, (a = 0n) => convert(to, a))
  }
  add("f32.demote_f64", 0xb6, ["f64"], "f32", (a = 0n) => toBits("f32", toNumber("f64", a)))
  add("f64.promote_f32", 0xbb, ["f32"], "f64", (a = 0n) => toBits("f64", toNumber("f32", a)))
  add("i32.reinterpret_f32", 0xbc, ["f32"], "i32", (a = 0n) => a)
  add("i64.reinterpret_f64", 0xbd, ["f64"], "i64", (a = 0n) => a)
  add("f32.reinterpret_i32", 0xbe, ["i32"], "f32", (a = 0n) => a)
  add("f64.reinterpret_i64", 0xbf, ["i64"], "f64", (a = 0n) => a)
  const extensions: ["i32" | "i64", number, number][] = [
    ["i32", 8, 0xc0],
    ["i32", 16, 0xc1],
    ["i64", 8, 0xc2],
    ["i64", 16, 0xc3],
    ["i64", 32, 0xc4],
  ]
  for (const [type, from, opcode] of extensions) {
    add(`${type}.extend${from}_s`, opcode, [type], type, (a = 0n) =>
      BigInt.asUintN(widths[type], BigInt.asIntN(from, a)),
    )
  }
}

function toNumber(type: "f32" | "f64", bits: bigint): number {
  view.setBigUint64(0, type === "f32" ? bits << 32n : bits)
  return type === "f32" ? view.getFloat32(0) : view.getFloat64(0)
}

/** Rounds to the type; every NaN becomes the canonical one. */
function toBits(type: "f32" | "f64", value: number): bigint {
  if (Number.isNaN(value)) return type === "f32" ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n
  if (type === "f32") {
    view.setFloat32(0, value)
    return BigInt(view.getUint32(0))
  }
  view.setFloat64(0, value)
  return view.getBigUint64(0)
}

function nearest(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 52) return value
  const low = Math.floor(value)
  const part = value - low
  const up = part > 0.5 || (part === 0.5 && low % 2 !== 0)
  const rounded = up ? low + 1 : low
  return rounded === 0 && (value < 0 || Object.is(value, -0)) ? -0 : rounded
}

function truncate(type: "i32" | "i64", value: number, isSigned: boolean, traps: boolean): bigint {
  const bits = widths[type]
  if (Number.isNaN(value)) {
    if (traps) throw new Trap("float unrepresentable in integer range")
    return 0n
  }
  const least = isSigned ? -(2n ** BigInt(bits - 1)) : 0n
  const most = isSigned ? 2n ** BigInt(bits - 1) - 1n : 2n ** BigInt(bits) - 1n
  const whole = Number.isFinite(value)
    ? BigInt(Math.trunc(value))
    : value > 0
      ? most + 1n
      : least - 1n
  if (whole >= least && whole <= most) return BigInt.asUintN(bits, whole)
  if (traps) throw new Trap("float unrepresentable in integer range")
  return BigInt.asUintN(bits, whole < least ? least : most)
}

/** An integer of 64 bits is rounded once: by way of a double an f32 would be rounded twice. */
function convert(type: "f32" | "f64", value: bigint): bigint {
  if (type === "f64") return toBits("f64", Number(value))
  const size = value < 0n ? -value : value
  const excess = BigInt(Math.max(0, size.toString(2).length - 40))
  const low = size & ((1n << excess) - 1n)
  // Bits below what decides the rounding become one sticky bit.
  const sticky = ((size >> excess) | (low === 0n ? 0n : 1n)) << excess
  return toBits("f32", Number(value < 0n ? -sticky : sticky))
}
