import { describe, expect, test } from "vitest"
import { COUNTERS, REFUSED_GROWTH } from "../metered-module.ts"
import { ModuleRefused } from "../module-refused.ts"
import { wat } from "../testing/wat.ts"
import { meterForGuest } from "./meter-for-guest.ts"

const PAGES = 16

describe("members of a component", () => {
  test("give each other memories, tables and globals, and draw on one fuel and one stack", async () => {
    const host = counters()
    const first = host.add(
      await metered(`
      (memory (export "memory") 1) (table (export "table") 2 funcref)
      (global (export "base") i32 (i32.const 8)) (global (export "top") (mut i32) (i32.const 5))
      (func (export "own") (result i32) (i32.load8_u (i32.const 9)))`),
    )
    const second = host.add(
      await metered(`
      (import "first" "base" (global $base i32))
      (import "first" "memory" (memory 1))
      (import "first" "own" (func $first (result i32)))
      (import "first" "table" (table 2 funcref))
      (import "first" "top" (global $top (mut i32)))
      (global $copy i32 (global.get $base))
      (global $own (mut i64) (i64.const 3))
      (type $t (func (result i32)))
      (elem (i32.const 1) $seven)
      (data (global.get $base) "\\01\\2a")
      (func $seven (result i32) (i32.const 7))
      (func (export "main") (result i32)
        (global.set $top (i32.add (global.get $top) (global.get $copy)))
        (global.set $own (i64.add (global.get $own) (i64.const 1)))
        (i32.add (call $first) (call_indirect (type $t) (i32.const 1))))
      (export "own" (global $own)) (export "top" (global $top))`),
      { first: first.exports },
    )

    const before = host.fuel.value
    expect(call(second, "main")).toBe(42 + 7)
    expect(before - host.fuel.value).toBe(12n + 2n + 1n)
    expect(host.stack.value).toBe(262_144)
    expect([valueOf(first, "top"), valueOf(second, "top")]).toEqual([13, 13])
    expect(valueOf(second, "own")).toBe(4n)
  })

  test("a loop in one of them ends on the fuel that another has left", async () => {
    const host = counters(1000n)
    const first = host.add(
      await metered(`(func (export "spend") (local i32)
        (local.set 0 (i32.const 100))
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`),
    )
    const second = host.add(
      await metered(`(import "first" "spend" (func $spend))
        (func (export "main") (loop (call $spend) (br 0)))`),
      { first: first.exports },
    )

    call(first, "spend")
    expect(host.fuel.value).toBe(1000n - 502n)
    expect(() => call(second, "main")).toThrow("unreachable")
    expect(host.fuel.value).toBeLessThan(0n)
  })

  test("frames of all of them are on one stack", async () => {
    const host = counters()
    host.stack.value = 2000
    const first = host.add(
      await metered(`(table (export "table") 1 funcref) (type $t (func))
        (func (export "ping") (call_indirect (type $t) (i32.const 0)))`),
    )
    const second = host.add(
      await metered(`(import "first" "table" (table 1 funcref))
        (import "first" "ping" (func $ping))
        (func $pong (call $ping)) (elem (i32.const 0) $pong)
        (func (export "main") (call $pong))`),
      { first: first.exports },
    )

    expect(() => call(second, "main")).toThrow("unreachable")
    expect(host.stack.value).toBeLessThan(0)
    expect(host.fuel.value).toBeGreaterThan(0n)
  })

  test("memories share what they may gain, and what was refused is given back", async () => {
    const host = counters()
    host.pages.value = 10
    const text = `(memory 1 12) (func (export "grow") (param i32) (result i32)
      (memory.grow (local.get 0)))`
    const [one, other] = [host.add(await metered(text)), host.add(await metered(text))]

    expect([call(one, "grow", 6), host.pages.value]).toEqual([1, 4])
    expect([call(other, "grow", 5), host.pages.value]).toEqual([-1, 4])
    expect([call(other, "grow", 4), host.pages.value]).toEqual([1, 0])
    host.pages.value = 9
    // Its own maximum stands in the way here.
    expect([call(one, "grow", 6), host.pages.value]).toEqual([-1, 9])
    expect([call(one, "grow", -1), host.pages.value]).toEqual([-1, 9])
    expect([call(one, "grow", 5), host.pages.value]).toEqual([7, 4])
    expect(valueOf(one, REFUSED_GROWTH)).toBe(1)
  })

  test("one that grows a memory of another takes from the same pages", async () => {
    const host = counters()
    host.pages.value = 3
    const first = host.add(await metered(`(memory (export "memory") 1)`))
    const second = host.add(
      await metered(`(import "first" "memory" (memory 0))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))`),
      { first: first.exports },
    )

    expect([call(second, "grow", 2), call(second, "grow", 2)]).toEqual([1, -1])
    expect(host.pages.value).toBe(1)
  })

  test("what an instance takes is told, and what it imports is not its own", async () => {
    const own = meterForGuest(await wat(`(module (memory 3) (table 5 funcref))`), {
      maxMemoryPages: PAGES,
    })
    const borrowed = await metered(
      `(import "a" "m" (memory 3)) (import "a" "t" (table 5 funcref)) (table 2 funcref)`,
    )

    expect(own.takes).toEqual({ pages: 3, elements: 5 })
    expect(borrowed.takes).toEqual({ pages: 0, elements: 2 })
  })
})

test.each([
  ["unsupported", `(import "a" "m" (memory 1)) (import "a" "n" (memory 1))`],
  ["unsupported", `(import "a" "m" (memory 1)) (memory 1)`],
  ["malformed", `(import "a" "g" (global (mut i32))) (global i32 (global.get 0))`],
  ["unsupported", `(global i32 (i32.const 1)) (global i32 (global.get 0))`],
  ["malformed", `(import "a" "g" (global i64)) (global i32 (global.get 0))`],
  ["malformed", `(import "a" "g" (global i32)) (func (global.set 0 (i32.const 1)))`],
  ["reserved_name", `(import "outlayer" "fuel" (global (mut i64)))`],
  ["memory_too_large", `(memory 17)`],
])("%s: %s", async (code, text) => {
  const refusal = await metered(text).catch((error: unknown) => error)

  expect(refusal).toBeInstanceOf(ModuleRefused)
  expect((refusal as ModuleRefused).code).toBe(code)
})

async function metered(text: string) {
  const wasm = await wat(`(module ${text})`)
  return meterForGuest(wasm, { maxMemoryPages: PAGES, isMember: true })
}

/** What a component's host makes once. */
function counters(fuelLimit = 10n ** 9n) {
  const fuel = new WebAssembly.Global({ value: "i64", mutable: true }, fuelLimit)
  const stack = new WebAssembly.Global({ value: "i32", mutable: true }, 262_144)
  const pages = new WebAssembly.Global({ value: "i32", mutable: true }, 100)
  return {
    fuel,
    stack,
    pages,
    add: ({ bytes }: { bytes: Uint8Array }, imports: WebAssembly.Imports = {}) =>
      new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)), {
        ...imports,
        [COUNTERS.module]: {
          [COUNTERS.fuel]: fuel,
          [COUNTERS.stack]: stack,
          [COUNTERS.pages]: pages,
        },
      }),
  }
}

function call({ exports }: WebAssembly.Instance, name: string, ...values: number[]): unknown {
  return (exports[name] as (...values: number[]) => unknown)(...values)
}

function valueOf({ exports }: WebAssembly.Instance, name: string): unknown {
  return (exports[name] as WebAssembly.Global).value
}
