/** The rewriter against a slow and obvious interpreter, on modules at random. */
import { describe, expect, test } from "vitest"
import { meterForGuest, meterForNear, type MeteredModule } from "./index.ts"
import { generate } from "./testing/generate.ts"
import { type Given, hostUnits, interpret, type Run } from "./testing/interpret.ts"
import type { Prices } from "./testing/linear-code.ts"
import { hostOf } from "./testing/run-metered.ts"
import { encode, type ModuleTree } from "./testing/tree.ts"
import { guestPrices, NEAR } from "./testing/twin-prices.ts"

const MODULES = 500
const UNIT = 822_756n
const MAX_PAGES = 16
const GUEST = guestPrices(MAX_PAGES)

/** Seconds, and on a slow machine minutes. */
const timeout = 300_000

describe("on modules at random", { timeout }, () => {
  test("gas is what the interpreter counts", () => {
    const given = { stack: 262_144, initialPages: 1024, maxPages: 2048 }
    const outcomes = compareAll(NEAR, given, UNIT, meterForNear, (seed) => generate(seed))

    expect(outcomes["out of stack"]).toBe(0)
    for (const outcome of ["value", "trap", "out of fuel"] as const)
      expect(outcomes[outcome]).toBeGreaterThan(MODULES / 50)
  })

  test("fuel and stack are what the interpreter counts, whatever becomes of the guest", () => {
    const given = { stack: 2000, initialPages: 1, maxPages: MAX_PAGES }
    const outcomes = compareAll(GUEST, given, 1n, asGuest, (seed) => generate(seed, true))

    for (const outcome of ["value", "trap", "out of fuel", "out of stack"] as const)
      expect(outcomes[outcome]).toBeGreaterThan(MODULES / 50)
  })

  test.each([
    ["contract", NEAR, 1024, UNIT, meterForNear, false],
    ["guest", GUEST, 1, 1n, asGuest, true],
  ] as const)(
    "the least stack that a %s needs is what the interpreter says, to the byte",
    (_, prices, initialPages, unit, meter, isRich) => {
      for (let seed = 1; seed <= 100; seed += 1) {
        const module = generate(seed, isRich)
        const metered = meter(encode(module))
        const given = { fuel: 2000, initialPages, maxPages: isRich ? MAX_PAGES : initialPages }
        const fits = (stack: number) =>
          interpret(module, prices, { ...given, stack }).stackLeft >= 0
        let [least, most] = [0, 262_144]
        while (least < most) {
          const middle = Math.floor((least + most) / 2)
          if (fits(middle)) most = middle
          else least = middle + 1
        }

        const enough = run(metered, least, 2000n * unit)
        const isShort = least > 0 && run(metered, least - 1, 2000n * unit).stackLeft() < 0

        expect([seed, enough.stackLeft() < 0, isShort]).toEqual([seed, false, least > 0])
      }
    },
  )
})

function asGuest(wasm: Uint8Array): MeteredModule {
  return meterForGuest(wasm, { maxMemoryPages: MAX_PAGES })
}

function open(metered: MeteredModule, stack: number, fuel: bigint) {
  const imports = { h: { h: (value: number) => host.pay(hostUnits(value)) } }
  const host = hostOf(metered, { stack, fuel, imports })
  return host
}

function run(metered: MeteredModule, stack: number, fuel: bigint) {
  const host = open(metered, stack, fuel)
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
  make: (seed: number) => ModuleTree,
): Record<Run["outcome"], number> {
  const outcomes = { value: 0, trap: 0, "out of fuel": 0, "out of stack": 0 }
  for (let seed = 1; seed <= MODULES; seed += 1) {
    const module = make(seed)
    const fuel = seed % 4 === 0 ? seed % 400 : 3000
    const expected = interpret(module, prices, { ...given, fuel })

    const host = open(meter(encode(module)), given.stack, BigInt(fuel) * unit)
    const seen = outcomeOf(host)

    expect({ seed, ...seen, charged: host.spent(), stack: host.stackLeft() }).toEqual({
      seed,
      outcome: expected.outcome,
      value: expected.value,
      charged: BigInt(expected.charged) * unit,
      stack: expected.stackLeft,
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
  }
  if (host.fuelLeft() < 0n) return { outcome: "out of fuel", value: undefined }
  return { outcome: host.stackLeft() < 0 ? "out of stack" : "trap", value: undefined }
}
