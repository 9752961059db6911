import { describe, expect, it } from "vitest"
import { GasCounter } from "./gas-counter.ts"
import { LIMITS } from "./parameters.ts"
import { Registers } from "./registers.ts"

describe("registers", () => {
  it("hold what was written last", () => {
    const registers = new Registers(new GasCounter(10n ** 15n))
    registers.write(7n, Uint8Array.of(1, 2, 3))

    registers.write(7n, Uint8Array.of(4))

    expect(registers.read(7n)).toEqual(Uint8Array.of(4))
    expect(registers.length(7n)).toBe(1)
    expect(registers.length(8n)).toBeUndefined()
  })

  it("cannot be written once all are there, not even those in use", () => {
    const registers = new Registers(new GasCounter(10n ** 15n))
    for (let id = 0; id < LIMITS.max_number_registers; id += 1) {
      registers.write(BigInt(id), new Uint8Array(0))
    }

    expect(() => {
      registers.write(0n, new Uint8Array(0))
    }).toThrow("Accessed memory outside the bounds.")
  })
})
