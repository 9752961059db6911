/** Operators on vectors, as 128-bit numbers, lane by lane and by way of those on single numbers (WebAssembly 2.0, section 4.3). */
import { names, VECTOR } from "../binary/opcodes.ts"
import { type Operator, operators } from "./numeric.ts"
import type { Type } from "./tree.ts"

/** An operator on vectors; `immediates` choose a lane, or sixteen. */
export interface VectorOperator extends Operator {
  name: string
  immediates: number
  /** Values that each immediate may have. */
  below: number
  runAt: (immediates: readonly number[], ...operands: bigint[]) => bigint
}

export const vectorOperators = new Map<string, VectorOperator>()

function lanesOf(vector: bigint, width: number): bigint[] {
  return Array.from({ length: 128 / width }, (_, lane) =>
    BigInt.asUintN(width, vector >> BigInt(lane * width)),
  )
}

function join(lanes: readonly bigint[], width: number): bigint {
  return lanes.reduce(
    (vector, lane, index) => vector | (BigInt.asUintN(width, lane) << BigInt(index * width)),
    0n,
  )
}

function add(
  name: string,
  takes: Type[],
  gives: Type,
  runAt: VectorOperator["runAt"],
  { immediates = 0, below = 0 } = {},
) {
  const opcode = names.indexOf(name)
  if (opcode < VECTOR) throw new Error(`no operator ${name}`)
  const run = (...operands: bigint[]) => runAt([], ...operands)
  vectorOperators.set(name, { name, opcode, takes, gives, run, runAt, immediates, below })
}

const scalar = (name: string) => operators.get(name)?.run ?? fail(name)
const mapped = (lanes: readonly bigint[], name: string) => lanes.map((lane) => scalar(name)(lane))
const shapes = [
  { shape: "i8x16", lane: "i32", width: 8 },
  { shape: "i16x8", lane: "i32", width: 16 },
  { shape: "i32x4", lane: "i32", width: 32 },
  { shape: "i64x2", lane: "i64", width: 64 },
  { shape: "f32x4", lane: "f32", width: 32 },
  { shape: "f64x2", lane: "f64", width: 64 },
] as const

for (const { shape, lane, width } of shapes) {
  const count = 128 / width
  const oneLane = { immediates: 1, below: count }
  add(`${shape}.splat`, [lane], "v128", (_, value = 0n) =>
    join(
      Array.from({ length: count }, () => value),
      width,
    ),
  )
  add(
    `${shape}.replace_lane`,
    ["v128", lane],
    "v128",
    ([place = 0], vector = 0n, value = 0n) =>
      join(lanesOf(vector, width).with(place, value), width),
    oneLane,
  )
  for (const sign of width < 32 ? ["_s", "_u"] : [""]) {
    add(
      `${shape}.extract_lane${sign}`,
      ["v128"],
      lane,
      ([place = 0], vector = 0n) => {
        const value = lanesOf(vector, width)[place] ?? 0n
        return sign === "_s" ? BigInt.asUintN(32, BigInt.asIntN(width, value)) : value
      },
      oneLane,
    )
  }
  const each = (run: (...lanes: bigint[]) => bigint) => {
    return (_: readonly number[], ...operands: bigint[]) => {
      const split = operands.map((operand) => lanesOf(operand, width))
      const at = (index: number) => run(...split.map((lanes) => lanes[index] ?? 0n))
      return join(
        Array.from({ length: count }, (_one, index) => at(index)),
        width,
      )
    }
  }
  const mask = (1n << BigInt(width)) - 1n
  const s = (value: bigint) => BigInt.asIntN(width, value)
  const unary = (name: string, run: (a: bigint) => bigint) =>
    add(
      `${shape}.${name}`,
      ["v128"],
      "v128",
      each((a = 0n) => run(a)),
    )
  const binary = (name: string, run: (a: bigint, b: bigint) => bigint) =>
    add(
      `${shape}.${name}`,
      ["v128", "v128"],
      "v128",
      each((a = 0n, b = 0n) => run(a, b)),
    )
  if (lane === "f32" || lane === "f64") {
    for (const name of ["add", "sub", "mul", "div", "min", "max"]) {
      binary(name, scalar(`${lane}.${name}`))
    }
    for (const name of ["sqrt", "ceil", "floor", "trunc", "nearest", "abs", "neg"]) {
      unary(name, scalar(`${lane}.${name}`))
    }
    for (const name of ["eq", "lt", "ge"]) {
      const compare = scalar(`${lane}.${name}`)
      binary(name, (a, b) => (compare(a, b) === 1n ? mask : 0n))
    }
    const less = scalar(`${lane}.lt`)
    binary("pmin", (a, b) => (less(b, a) === 1n ? b : a))
    binary("pmax", (a, b) => (less(a, b) === 1n ? b : a))
    continue
  }
  binary("add", (a, b) => a + b)
  binary("sub", (a, b) => a - b)
  if (width > 8) binary("mul", (a, b) => a * b)
  binary("eq", (a, b) => (a === b ? mask : 0n))
  binary("gt_s", (a, b) => (s(a) > s(b) ? mask : 0n))
  unary("abs", (a) => (s(a) < 0n ? -s(a) : a))
  unary("neg", (a) => -a)
  add(`${shape}.shl`, ["v128", "i32"], "v128", (_, vector = 0n, by = 0n) =>
    join(
      lanesOf(vector, width).map((value) => value << (by % BigInt(width))),
      width,
    ),
  )
  add(`${shape}.all_true`, ["v128"], "i32", (_, vector = 0n) =>
    lanesOf(vector, width).every((value) => value !== 0n) ? 1n : 0n,
  )
}

const ALL = (1n << 128n) - 1n
const two: Type[] = ["v128", "v128"]
add("v128.not", ["v128"], "v128", (_, a = 0n) => a ^ ALL)
add("v128.and", two, "v128", (_, a = 0n, b = 0n) => a & b)
add("v128.andnot", two, "v128", (_, a = 0n, b = 0n) => a & (b ^ ALL))
add("v128.or", two, "v128", (_, a = 0n, b = 0n) => a | b)
add("v128.xor", two, "v128", (_, a = 0n, b = 0n) => a ^ b)
add("v128.bitselect", [...two, "v128"], "v128", (_, a = 0n, b = 0n, c = 0n) => {
  return (a & c) | (b & (c ^ ALL))
})
add("v128.any_true", ["v128"], "i32", (_, a = 0n) => (a === 0n ? 0n : 1n))
add(
  "i8x16.shuffle",
  two,
  "v128",
  (places, a = 0n, b = 0n) => {
    const bytes = [...lanesOf(a, 8), ...lanesOf(b, 8)]
    return join(
      places.map((place) => bytes[place] ?? 0n),
      8,
    )
  },
  { immediates: 16, below: 32 },
)
add("f32x4.demote_f64x2_zero", ["v128"], "v128", (_, a = 0n) =>
  join(mapped(lanesOf(a, 64), "f32.demote_f64"), 32),
)
add("f64x2.promote_low_f32x4", ["v128"], "v128", (_, a = 0n) =>
  join(mapped(lanesOf(a, 32).slice(0, 2), "f64.promote_f32"), 64),
)
add("i32x4.trunc_sat_f32x4_s", ["v128"], "v128", (_, a = 0n) =>
  join(mapped(lanesOf(a, 32), "i32.trunc_sat_f32_s"), 32),
)
add("f32x4.convert_i32x4_s", ["v128"], "v128", (_, a = 0n) =>
  join(mapped(lanesOf(a, 32), "f32.convert_i32_s"), 32),
)

function fail(name: string): never {
  throw new Error(`no operator ${name}`)
}
