/** The rewriter against a slow and obvious interpreter, on modules at random. */
import { describe, expect, test } from "vitest"
import { meterForGuest, meterForNear, type MeteredModule } from "./index.ts"
import { generate } from "./testing/generate.ts"
import { type Given, interpret, type Run } from "./testing/interpret.ts"
import { operandBytes, type Prices, type Step } from "./testing/linear-code.ts"
import { hostOf } from "./testing/run-metered.ts"
import { encode, type FunctionTree, type Type } from "./testing/tree.ts"

const bulk = ["memory.grow", "memory.fill", "memory.copy"]
const jumps = ["if", "br", "br_if", "br_table", "return", "unreachable"]
const size = (type: Type) => (type === "i32" || type === "f32" ? 4 : 8)
const frameBytes = ({ params, locals }: FunctionTree) =>
  64 + [...params, ...locals].reduce((sum, type) => sum + size(type), 0)

/** `near.md` section 2, in words of its own. */
const near: Prices = {
  units: ({ name }) => (["block", "else", "end", ...bulk].includes(name) ? 0 : 1),
  ends: ({ name, node }: Step) =>
    [...jumps, ...bulk, "call", "call_indirect"].includes(name) ||
    node?.op === "access" ||
    /\.(div|rem)_[su]$/.test(name) ||
    /\.trunc_f/.test(name),
  entry: (tree) => Math.ceil(frameBytes(tree) / 8),
  bySize: (_, count) => 32 + count,
  stack: (tree, code, known) => frameBytes(tree) + operandBytes(tree, code, known),
}

/** `docs/fuel.md`. */
const guest: Prices = {
  units: ({ name }) => (["block", "loop", "else", "end", "nop"].includes(name) ? 0 : 1),
  ends: ({ name }) => jumps.includes(name),
  entry: ({ locals }) => Math.floor(locals.length / 64),
  bySize: (name, count) => {
    if (name === "memory.grow") return count > 16 ? 0 : count * 8192
    return Math.ceil(count / 8)
  },
  // The interpreter does not know what validation sees.
  stack: () => 0,
}

const MODULES = 500
const UNIT = 822_756n

describe("on modules at random", () => {
  test("gas is what the interpreter counts", () => {
    const given = { stack: 262_144, initialPages: 1024, maxPages: 2048 }
    const outcomes = compareAll(near, given, UNIT, (wasm) => meterForNear(wasm))

    expect(Object.values(outcomes).every((count) => count > MODULES / 50)).toBe(true)
  })

  test("fuel is what the interpreter counts", () => {
    const given = { stack: 2 ** 30, initialPages: 1, maxPages: 16 }
    const outcomes = compareAll(guest, given, 1n, (wasm) =>
      meterForGuest(wasm, { maxMemoryPages: 16 }),
    )

    expect(Object.values(outcomes).every((count) => count > MODULES / 50)).toBe(true)
  })

  test("stack is what the interpreter counts, to the byte", () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const module = generate(seed)
      const metered = meterForNear(encode(module))
      const given = { fuel: 2000, initialPages: 1024, maxPages: 1024 }
      const fits = (stack: number) =>
        interpret(module, near, { ...given, stack }).outcome !== "out of stack"
      let [least, most] = [0, 262_144]
      while (least < most) {
        const middle = Math.floor((least + most) / 2)
        if (fits(middle)) most = middle
        else least = middle + 1
      }

      const enough = run(metered, least, 2000n * UNIT)
      const short = run(metered, least - 1, 2000n * UNIT)

      expect([seed, enough.stackLeft() < 0, short.stackLeft() < 0]).toEqual([seed, false, true])
    }
  })
})

function run(metered: MeteredModule, stack: number, fuel: bigint) {
  const host = hostOf(metered, { stack, fuel })
  try {
    host.call("main")
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error
  }
  return host
}

function compareAll(
  prices: Prices,
  given: Omit<Given, "fuel">,
  unit: bigint,
  meter: (wasm: Uint8Array) => MeteredModule,
): Record<string, number> {
  const outcomes = { value: 0, trap: 0, "out of fuel": 0 } as Record<Run["outcome"], number>
  for (let seed = 1; seed <= MODULES; seed += 1) {
    const module = generate(seed)
    const fuel = seed % 4 === 0 ? seed % 400 : 3000
    const expected = interpret(module, prices, { ...given, fuel })

    const host = hostOf(meter(encode(module)), { stack: given.stack, fuel: BigInt(fuel) * unit })
    const seen = outcomeOf(host)

    // A guest's fuel is checked now and then, so what it owes in the end is of no meaning.
    const isOwed = expected.outcome === "out of fuel" && unit === 1n
    const charged = isOwed ? host.spent() : BigInt(expected.charged) * unit
    expect({ seed, ...seen, charged: host.spent() }).toEqual({
      seed,
      outcome: expected.outcome,
      value: expected.value,
      charged,
    })
    // What ran to its end was charged for what ran, and for nothing else.
    const uncharged = expected.outcome === "value" ? expected.executed - expected.charged : 0
    expect({ seed, uncharged }).toEqual({ seed, uncharged: 0 })
    outcomes[expected.outcome] += 1
  }
  return outcomes
}

function outcomeOf(host: ReturnType<typeof hostOf>): Pick<Run, "outcome" | "value"> {
  try {
    const value = BigInt.asUintN(64, host.call("main") as bigint)
    if (host.fuelLeft() >= 0n) return { outcome: "value", value }
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error
    if (host.fuelLeft() >= 0n) return { outcome: "trap", value: undefined }
  }
  return { outcome: "out of fuel", value: undefined }
}
