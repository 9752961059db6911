import { describe, expect, test } from "vitest"
import { REFUSED_GROWTH } from "../metered-module.ts"
import { ModuleRefused } from "../module-refused.ts"
import { hostOf } from "../testing/run-metered.ts"
import { wat } from "../testing/wat.ts"
import { meterForGuest } from "./meter-for-guest.ts"

const options = { maxMemoryPages: 16 }
const MANY_OPERATORS = "(drop (i32.const 1))".repeat(40_000)

describe("fuel", () => {
  test.each([
    ["an empty function is free, its call was not", '(func (export "main"))', 0n],
    [
      "blocks, loops and nops are free",
      '(func (export "main") (block nop) (loop nop) (if (i32.const 1) (then) (else)))',
      2n,
    ],
    [
      "a loop pays for each turn",
      `(func (export "main") (local i32) (local.set 0 (i32.const 3))
         (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`,
      2n + 3n * 5n,
    ],
    [
      "an arm that is not taken is free",
      '(func (export "main") (if (i32.const 0) (then (drop (i32.const 1))) (else)))',
      2n,
    ],
    [
      "bulk operators pay for eight bytes each",
      '(memory 1) (func (export "main") (memory.fill (i32.const 0) (i32.const 1) (i32.const 17)))',
      4n + 3n,
    ],
    [
      "a page that is asked for costs as much as filling it",
      '(memory 1) (func (export "main") (drop (memory.grow (i32.const 2))))',
      3n + 2n * 8192n,
    ],
    [
      "growth that cannot be is not paid for",
      '(memory 1) (func (export "main") (drop (memory.grow (i32.const -1))))',
      3n,
    ],
    [
      "many locals cost time, so they cost fuel",
      `(func (export "main") (local ${"i32 ".repeat(128)}))`,
      2n,
    ],
    [
      "vectors pay one for each operator",
      `(func (export "main") (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31
         (f64x2.add (v128.const f64x2 1 2) (v128.const f64x2 1 2)) (v128.const i32x4 1 2 3 4))))`,
      6n,
    ],
    [
      "a tail call pays both sides, and what cannot be reached behind it is free",
      `(func $f (param i32) (result i32) (i32.const 2))
       (func (export "main") (result i32) (return_call $f (i32.const 1)) (drop (i32.const 1)))`,
      3n,
    ],
    [
      "calls in a loop pay both sides",
      `(func $f (drop (i32.const 1)))
       (func (export "main") (local i32) (local.set 0 (i32.const 3))
         (loop (call $f) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`,
      2n + 3n * (1n + 2n + 5n),
    ],
    [
      "a turn pays for all of its operators, however many",
      `(func (export "main") (local i32) (local.set 0 (i32.const 3))
         (loop ${MANY_OPERATORS} (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`,
      2n + 3n * (80_000n + 5n),
    ],
    [
      "a simple loop is left by a branch, a return and its end",
      `(func $f (param i32) (result i32) (block (result i32)
         (loop (result i32)
           (br_if 1 (i32.const 1) (i32.eqz (local.get 0))) (drop)
           (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 2))))
           (br_table 1 1 1 (i32.const 3) (i32.const 0)))))
       (func $g (param i32) (loop (return)))
       (func (export "main") (drop (call $f (i32.const 6))) (call $g (i32.const 1)))`,
      5n + 2n * (4n + 6n) + (4n + 6n + 3n) + 1n,
    ],
  ])("%s", async (_, text, fuel) => {
    const host = hostOf(meterForGuest(await wat(`(module ${text})`), options))

    host.call("main")

    expect(host.spent()).toBe(fuel)
    expect(host.stackLeft()).toBe(262_144)
  })

  test.each([
    ["a loop", '(func (export "main") (loop (br 0)))'],
    ["a loop that has blocks in it", '(func (export "main") (loop (block (br 1))))'],
    ["a loop whose turns cost much", `(func (export "main") (loop ${MANY_OPERATORS} (br 0)))`],
    [
      "a loop that takes operands",
      '(func (export "main") (i32.const 0) (loop (param i32) (br 0)))',
    ],
    [
      "a loop in a function that is called in a loop",
      `(func $f (local i32) (local.set 0 (i32.const 2))
         (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
       (func (export "main") (loop (call $f) (br 0)))`,
    ],
    [
      "tail calls behind what cannot succeed",
      '(memory 1) (func $f (export "main") (drop (memory.grow (i32.const -1))) (return_call $f))',
    ],
    ["recursion", '(func $f (export "main") (call $f) (call $f))'],
    ["a table of branches", '(func (export "main") (loop (br_table 0 0 (i32.const 7))))'],
    [
      "an indirect call to itself",
      '(table funcref (elem $f)) (type $t (func)) (func $f (export "main") (call_indirect (type $t) (i32.const 0)))',
    ],
    ["tail calls", '(func $f (export "main") (return_call $f))'],
    [
      "tail calls through a table",
      '(table funcref (elem $f)) (type $t (func)) (func $f (export "main") (return_call_indirect (type $t) (i32.const 0)))',
    ],
    ["a start function", '(func $f (loop (br 0))) (start $f) (func (export "main"))'],
    [
      "a memory that is filled again and again",
      '(memory 16) (func (export "main") (loop (memory.fill (i32.const 0) (i32.const 0) (i32.const 1048576)) (br 0)))',
    ],
  ])("ends in %s", async (_, text) => {
    const host = hostOf(meterForGuest(await wat(`(module ${text})`), options), { fuel: 100_000n })

    expect(() => host.call("main")).toThrow("unreachable")
    expect(host.fuelLeft() < 0n || host.stackLeft() < 0).toBe(true)
  })

  test("a line of calls, each of them long, ends before it is through", async () => {
    const calls = "(call $long)".repeat(1000)
    const text = `(module (func $long ${MANY_OPERATORS}) (func (export "main") ${calls}))`
    const host = hostOf(meterForGuest(await wat(text), options), { fuel: 100_000n })

    expect(() => host.call("main")).toThrow("unreachable")
    expect(host.spent()).toBe(1000n + 2n * 80_000n)
  })

  test.each([
    ["on each turn", "(block)", 8n * 65_534n],
    // The turns of these numbers settle: 1 + 8,193 k.
    ["each 65,536 units where it is simple", "", 8n * (1n + 8193n * 7n)],
  ])("a loop that traps in the middle has settled %s", async (_, block, used) => {
    const text = `(module (memory 1) (func (export "main") (local i32)
      (loop ${block} (drop (i32.load (local.get 0)))
        (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 0))))`
    const host = hostOf(meterForGuest(await wat(text), options))

    expect(() => host.call("main")).toThrow("out of bounds")
    expect(host.spent()).toBe(used)
  })

  test("several results pass through the epilogue", async () => {
    const text = `(module (func $two (param i32) (result i32 i64)
        (if (local.get 0) (then (return (i32.const 1) (i64.const 2)))) (i32.const 3) (i64.const 4))
      (func (export "main") (param i32) (result i64)
        (call $two (local.get 0)) (local.set 0 (i64.eqz)) (i64.extend_i32_s)))`
    const host = hostOf(meterForGuest(await wat(text), options))

    expect([host.call("main", 1), host.call("main", 0)]).toEqual([1n, 3n])
    expect(host.stackLeft()).toBe(262_144)
  })
})

test("a million tail calls take no stack", async () => {
  const text = `(module (func $count (export "main") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
    (return_call $count (i32.sub (local.get 0) (i32.const 1)))))`
  const host = hostOf(meterForGuest(await wat(text), options), { stack: 200 })

  expect(host.call("main", 1_000_000)).toBe(7)
  expect(host.stackLeft()).toBe(200)
})

test.each([
  ["f32x4.div (v128.const f32x4 0 1 -0 6) (v128.const f32x4 0 0 0 2)", 0x7fc0_0000n],
  ["f64x2.div (v128.const f64x2 0 1) (v128.const f64x2 -0 0)", 0x7ff8_0000_0000_0000n],
  [
    "f32x4.min (v128.const i32x4 0xffa01234 1 1 1) (v128.const i32x4 0xff801234 1 1 1)",
    0x7fc0_0000n,
  ],
  ["f64x2.sqrt (v128.const i64x2 0xfff4000000001234 0)", 0x7ff8_0000_0000_0000n],
  ["f64x2.promote_low_f32x4 (v128.const i32x4 0xffa01234 0 0 0)", 0x7ff8_0000_0000_0000n],
  ["f32x4.demote_f64x2_zero (v128.const i64x2 0xfff4000000001234 0)", 0x7fc0_0000n],
  // These give one operand as it is.
  [
    "f64x2.pmin (v128.const i64x2 0xfff4000000001234 0) (v128.const f64x2 0 0)",
    0xfff4_0000_0000_1234n,
  ],
  ["f64x2.abs (v128.const i64x2 0xfff4000000001234 0)", 0x7ff4_0000_0000_1234n],
])("the first lane of (%s) is as the specification says", async (vector, bits) => {
  const lane = vector.startsWith("f32x4")
    ? `i64.extend_i32_u (i32x4.extract_lane 0 (${vector}))`
    : `i64x2.extract_lane 0 (${vector})`
  const host = hostOf(
    meterForGuest(await wat(`(module (func (export "main") (result i64) (${lane})))`), options),
  )

  expect(BigInt.asUintN(64, host.call("main") as bigint)).toBe(bits)
})

describe("memory", () => {
  test("grows to the host's maximum, whatever was declared", async () => {
    const text = `(module (memory (export "memory") 1 100)
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`
    const host = hostOf(meterForGuest(await wat(text), options))

    expect([host.call("grow", 15), host.call("grow", 1)]).toEqual([1, -1])
  })

  test("that was refused is marked, after whatever the module's own globals are", async () => {
    const text = `(module (memory 1) (global $own (mut i64) (i64.const 5))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "own") (result i64) (global.get $own)))`
    const host = hostOf(meterForGuest(await wat(text), options))
    const mark = host.start().exports[REFUSED_GROWTH]
    if (!(mark instanceof WebAssembly.Global)) throw new Error("no mark")

    expect([host.call("grow", 1), mark.value]).toEqual([1, 0])
    expect([host.call("grow", 15), mark.value]).toEqual([-1, 1])
    expect([host.call("grow", 1), mark.value]).toEqual([2, 1])
    expect(host.call("own")).toBe(5n)
  })

  test("that is too large at the start is refused", async () => {
    expect(await refusalOf("(module (memory 17))")).toBe("memory_too_large")
  })
})

test.each([
  ["unsupported", "(module (memory 1 1 shared))"],
  ["unsupported", "(module (tag))"],
  ["malformed", "(module (func (result i32)))"],
  [
    "malformed",
    "(module (func $f (result i32) (return_call $g)) (func $g (result i64) (i64.const 1)))",
  ],
  ["reserved_name", '(module (import "outlayer" "fuel" (func)))'],
  ["reserved_name", `(module (func (export "${REFUSED_GROWTH}")))`],
  ["import_kind", '(module (import "env" "g" (global i32)))'],
  ["import_memory", '(module (import "env" "m" (memory 1)))'],
])("%s: %s", async (code, text) => {
  expect(await refusalOf(text)).toBe(code)
})

async function refusalOf(text: string): Promise<string | undefined> {
  const wasm = await wat(text)
  try {
    meterForGuest(wasm, options)
    return undefined
  } catch (error) {
    if (error instanceof ModuleRefused) return error.code
    throw error
  }
}
