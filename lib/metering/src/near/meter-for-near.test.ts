import { describe, expect, test } from "vitest"
import { ModuleRefused } from "../module-refused.ts"
import { functionOf } from "../testing/one-function.ts"
import { hostOf } from "../testing/run-metered.ts"
import { wat } from "../testing/wat.ts"
import { meterForNear } from "./meter-for-near.ts"

/** The price of an operator at protocol version 86. */
const OPERATOR = 822_756n
/** An empty function's: 64 bytes of frame by eight. */
const PROLOGUE = 8n

describe("gas", () => {
  test.each([
    ["an empty function pays for its frame", '(func (export "main"))', 0n],
    ["straight code pays by operator", '(func (export "main") nop nop (drop (i32.const 1)))', 4n],
    ["locals are part of the frame", '(func (export "main") (local i64 i32))', 2n],
    ["a block is free, a loop is not", '(func (export "main") (block nop) (loop nop))', 3n],
    ["dead code is free", '(func (export "main") nop return nop nop (drop (i32.const 1)))', 2n],
    [
      "a loop that is branched to pays on each turn",
      `(func (export "main") (local i32) (local.set 0 (i32.const 3))
         (loop nop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`,
      1n + 2n + 3n * 7n,
    ],
    [
      "a callee pays for itself",
      '(func $f (param i32) nop) (func (export "main") (call $f (i32.const 1)))',
      2n + PROLOGUE + 1n + 1n,
    ],
    [
      "a bulk operator pays its base and by the byte",
      '(memory 1) (func (export "main") (memory.fill (i32.const 0) (i32.const 1) (i32.const 10)))',
      3n + 32n + 10n,
    ],
  ])("%s", async (_, text, operators) => {
    const host = hostOf(meterForNear(await wat(`(module ${text})`)))

    host.call("main")

    expect(host.spent()).toBe((PROLOGUE + operators) * OPERATOR)
    expect(host.stackLeft()).toBe(262_144)
  })

  test("what a trap leaves behind is paid up to its range", async () => {
    const text = '(module (func (export "main") nop unreachable nop nop))'
    const host = hostOf(meterForNear(await wat(text)))

    expect(() => host.call("main")).toThrow("unreachable")
    expect(host.spent()).toBe((PROLOGUE + 2n) * OPERATOR)
    expect(host.fuelLeft()).toBeGreaterThan(0n)
  })

  test("the charge that did not fit can be read from the counter", async () => {
    const text = '(module (func (export "main") nop nop nop nop))'
    const host = hostOf(meterForNear(await wat(text)), { fuel: 10n * OPERATOR })

    expect(() => host.call("main")).toThrow("unreachable")
    expect(host.fuelLeft()).toBe(-2n * OPERATOR)
    expect(host.stackLeft()).toBeGreaterThanOrEqual(0)
  })

  test("a memory of the host's is there before the start function runs", async () => {
    const metered = meterForNear(
      await wat(`(module (import "env" "look" (func $look)) (memory 1 1) (data (i32.const 3) "x")
        (start $s) (func $s (i32.store8 (i32.const 4) (i32.const 121)) (call $look))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`),
    )
    const seen: string[] = []
    const look = () => seen.push(Buffer.from(host.memory.buffer, 3, 2).toString())
    const host = hostOf(metered, { imports: { env: { look } } })

    expect(host.call("grow", 1024)).toBe(1024)
    expect(host.call("grow", 1)).toBe(-1)
    expect(seen).toEqual(["xy"])
  })
})

describe("stack", () => {
  test("a frame that fits exactly runs, one byte more does not, and costs no gas", async () => {
    const deep = (bytes: number) =>
      wat(`(module (func (export "main") (local ${"i32 ".repeat((bytes - 64) / 4)})))`)
    const fits = hostOf(meterForNear(await deep(262_144 - 64_000)), { stack: 262_144 - 64_000 })
    const over = hostOf(meterForNear(await deep(262_144 - 64_000)), { stack: 262_143 - 64_000 })

    fits.call("main")

    expect(() => over.call("main")).toThrow("unreachable")
    expect(over.stackLeft()).toBe(-1)
    expect(over.spent()).toBe(0n)
  })

  test("endless recursion ends at the stack, and V8's own is not reached", async () => {
    const text = '(module (func $f (export "main") (call $f)))'
    const host = hostOf(meterForNear(await wat(text)))

    expect(() => host.call("main")).toThrow("unreachable")
    expect(host.stackLeft()).toBe(-64)
    expect(host.spent()).toBe(4096n * (PROLOGUE + 1n) * OPERATOR)
  })
})

describe("numbers", () => {
  test("arithmetic gives the canonical NaN, moves keep what they move", async () => {
    const host = hostOf(
      meterForNear(
        await wat(`(module
          (func (export "add") (param i64) (result i64)
            (i64.reinterpret_f64 (f64.add (f64.reinterpret_i64 (local.get 0)) (f64.const 1))))
          (func (export "demote") (param i64) (result i32)
            (i32.reinterpret_f32 (f32.demote_f64 (f64.reinterpret_i64 (local.get 0)))))
          (func (export "neg") (param i64) (result i64)
            (i64.reinterpret_f64 (f64.neg (f64.reinterpret_i64 (local.get 0))))))`),
      ),
    )
    const odd = BigInt.asIntN(64, 0xfff4_0000_dead_beefn)

    expect(BigInt.asUintN(64, host.call("add", odd) as bigint)).toBe(0x7ff8_0000_0000_0000n)
    expect(host.call("demote", odd)).toBe(0x7fc0_0000)
    expect(BigInt.asUintN(64, host.call("neg", odd) as bigint)).toBe(0x7ff4_0000_dead_beefn)
  })

  test("a contract's own globals keep their places", async () => {
    const host = hostOf(
      meterForNear(
        await wat(`(module (global $a (mut i32) (i32.const 5)) (global $b (export "b") (mut i64) (i64.const 6))
          (func (export "main") (result i32)
            (global.set $b (i64.add (global.get $b) (i64.const 1))) (global.get $a)))`),
      ),
    )

    expect(host.call("main")).toBe(5)
    expect((host.start().exports["b"] as WebAssembly.Global).value).toBe(7n)
  })
})

describe("what is refused", () => {
  test.each([
    ["Deserialization", "(module (func (result i32)))"],
    ["Deserialization", "(module (func (result i32 i32) (i32.const 1) (i32.const 2)))"],
    ["Deserialization", "(module (func (param externref)))"],
    ["Deserialization", "(module (func (drop (i32.load (i32.const 0)))))"],
    ["Deserialization", "(module (tag) (func))"],
    ["Instantiate", '(module (import "other" "f" (func)))'],
    ["Instantiate", '(module (import "env" "t" (table 1 funcref)))'],
    ["Memory", '(module (import "env" "memory" (memory 1)))'],
    ["TooManyTables", "(module (table 1 funcref) (table 1 funcref))"],
    ["TooManyTableElements", "(module (table 10001 funcref))"],
    ["TooManyParamsPerFunction", `(module (func (param ${"i32 ".repeat(65)})))`],
    ["TooManyBlocksPerFunction", `(module (func ${"(block)".repeat(5001)}))`],
    [
      "OperandStackTooLarge",
      `(module (func ${"(i64.const 0)".repeat(1025)} ${"drop ".repeat(1025)}))`,
    ],
    ["WasmtimeCompileError", `(module (func (local ${"i32 ".repeat(49_999)})))`],
    ["TooManyTypes", `(module ${"(type (func))".repeat(1025)})`],
  ])("%s: %s", async (code, text) => {
    expect(refusalOf(await wat(text))).toBe(code)
  })
})

test("a table of more branches than V8 takes is refused, not left to V8", () => {
  const branches = (count: number) => {
    const labels = Array.from({ length: count + 1 }, () => 0)
    return functionOf([], [], [0x41, 0, 0x0e, ...unsigned(count), ...labels])
  }

  expect(refusalOf(branches(65_520))).toBe(undefined)
  expect(refusalOf(branches(65_521))).toBe("WasmtimeCompileError")
})

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]
}

function refusalOf(wasm: Uint8Array): string | undefined {
  try {
    meterForNear(wasm)
    return undefined
  } catch (error) {
    if (error instanceof ModuleRefused) return error.code
    throw error
  }
}
