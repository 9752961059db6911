import { describe, expect, it } from "vitest"
import { GasCounter } from "./gas-counter.ts"
import { MAX_GAS_BURNT } from "./parameters.ts"

const TERA = 10n ** 12n

describe("the gas counter", () => {
  it("burns no more than was paid for, and says so", () => {
    const gas = new GasCounter(10n * TERA)

    gas.burn(7n * TERA)

    expect(() => gas.burn(4n * TERA)).toThrow("Exceeded the prepaid gas.")
    expect(gas.burnt).toBe(10n * TERA)
    expect(gas.used).toBe(10n * TERA)
  })

  it("names the chain's own limit where that is crossed", () => {
    const gas = new GasCounter(MAX_GAS_BURNT)

    expect(() => gas.burn(MAX_GAS_BURNT + 1n)).toThrow("allowed to burn per contract")
    expect(gas.burnt).toBe(MAX_GAS_BURNT)
  })

  it("eats promised gas when the rest is spent", () => {
    const gas = new GasCounter(10n * TERA)
    gas.promise(6n * TERA)

    expect(() => gas.burn(5n * TERA)).toThrow("Exceeded the prepaid gas.")
    expect(gas.burnt).toBe(5n * TERA)
    expect(gas.used).toBe(10n * TERA)
  })

  it("takes over what wasm left, and what was refused to it", () => {
    const gas = new GasCounter(10n * TERA)
    gas.fuel.value = 4n * TERA
    gas.enter()
    const burntBefore = gas.burnt
    gas.leave()

    gas.fuel.value -= 5n * TERA

    expect(burntBefore).toBe(6n * TERA)
    expect(() => {
      gas.enter()
    }).toThrow("Exceeded the prepaid gas.")
    expect(gas.burnt).toBe(10n * TERA)
  })

  it("refuses a fee that no 64-bit number holds, and burns nothing for it", () => {
    const gas = new GasCounter(10n * TERA)

    expect(() => {
      gas.payPer("read_memory_byte", 2n ** 64n - 1n)
    }).toThrow("Integer overflow.")
    expect(gas.burnt).toBe(0n)
  })

  it("counts a chunk's limit by compute costs where they differ", () => {
    const gas = new GasCounter(10n * TERA)

    gas.payPer("touching_trie_node", 2)

    expect(gas.profile()).toEqual({
      wasm: 0n,
      ext: { touching_trie_node: 4_560_000_000n },
      actions: {},
    })
    expect(gas.computeUsage()).toBe(8_000_000_000n)
  })
})
