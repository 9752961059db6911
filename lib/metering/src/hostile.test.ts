/** Bytes that nobody should send: refused by name or rewritten into what V8 takes, never anything else. */
import { describe, expect, test } from "vitest"
import { type MeteredModule, meterForGuest, meterForNear, ModuleRefused } from "./index.ts"
import { judgeMutant } from "./fuzz/judge-mutant.ts"
import { generate } from "./testing/generate.ts"
import { functionOf } from "./testing/one-function.ts"
import { encode } from "./testing/tree.ts"
import { wat } from "./testing/wat.ts"

const asGuest = (wasm: Uint8Array) => meterForGuest(wasm, { maxMemoryPages: 16 })
/** Seeds from 1 on, so that each machine tries the same ones. What takes seconds may take a slow one minutes. */
const MUTANTS = 1500
const timeout = 300_000

describe(`mutants of the seeds 1 to ${MUTANTS}`, { timeout }, () => {
  test("are refused by name or rewritten into what V8 takes, and end when their fuel does", () => {
    const counts = { refused: 0, rewritten: 0, ran: 0 }
    const faults: [seed: number, fault: string][] = []
    for (let seed = 1; seed <= MUTANTS; seed += 1) {
      const { fault, ending } = judgeMutant(seed)
      counts[ending] += 1
      if (fault !== undefined) faults.push([seed, fault])
    }

    expect(faults).toEqual([])
    expect(counts.refused).toBeGreaterThan(250)
    expect(counts.ran).toBeGreaterThan(250)
  })

  test("are refused wherever they are cut", () => {
    const wasm = encode(generate(3))

    const codes = Array.from({ length: wasm.length }, (_, length) =>
      tryTo(() => asGuest(wasm.subarray(0, length))),
    )

    // Cut behind its header, or before sections that nothing needs, it is a module still.
    expect(codes.filter((code) => typeof code !== "string").length).toBeLessThan(6)
    expect(new Set(codes.filter((code) => typeof code === "string"))).toEqual(
      new Set(["malformed"]),
    )
  })
})

describe("bombs", { timeout }, () => {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
  const count = [0xff, 0xff, 0xff, 0xff, 0x0f]
  test.each([1, 2, 3, 4, 5, 6, 7, 9, 10, 11])("a section %i of 2^32 entries is refused", (id) => {
    expect(tryTo(() => asGuest(Uint8Array.from([...header, id, 5, ...count])))).toMatch(
      /malformed|too_large|unsupported/,
    )
  })

  test("a function of two million locals is refused", () => {
    const emptyType = [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0]
    const twoMillion = [10, 8, 1, 6, 1, 0x80, 0x89, 0x7a, 0x7f, 0x0b]
    const wasm = Uint8Array.from([...header, ...emptyType, ...twoMillion])

    expect(tryTo(() => asGuest(wasm))).toBe("too_large")
    expect(tryTo(() => meterForNear(wasm))).toBe("TooManyLocals")
  })

  test("deep nesting, many labels and huge bodies are refused, or done in the time of a test", () => {
    const repeat = (code: number[], times: number) =>
      Array.from({ length: times }, () => code).flat()
    const nested = (depth: number) =>
      functionOf([], [], [...repeat([0x02, 0x40], depth), ...repeat([0x0b], depth)])
    const labels = functionOf([], [], [0x41, 0, 0x0e, 0xe8, 0xfb, 0x03, ...repeat([0], 65_001)])
    // f64.load, f64.sqrt, drop: what grows most.
    const loads = (times: number) =>
      functionOf([], [], repeat([0x41, 0, 0x2b, 0, 0, 0x9f, 0x1a], times))

    for (const wasm of [nested(15_000), labels, loads(99_000)]) {
      expect(WebAssembly.validate(Uint8Array.from(asGuest(wasm).bytes))).toBe(true)
    }
    expect(tryTo(() => asGuest(nested(21_000)))).toBe("too_large")
    expect(tryTo(() => asGuest(loads(101_000)))).toBe("too_large")
  })

  test("names that look like parts of an object are only names", async () => {
    const metered = asGuest(
      await wat(
        `(module (func (export "__proto__")) (func (export "constructor")) (func (export "then")))`,
      ),
    )

    expect(metered.exports.map(({ name }) => name)).toEqual(["__proto__", "constructor", "then"])
  })
})

/** The code of the refusal, where it is one. Any other error fails the test. */
function tryTo(meter: () => MeteredModule): MeteredModule | string {
  try {
    return meter()
  } catch (error) {
    if (error instanceof ModuleRefused) return error.code
    throw error
  }
}
