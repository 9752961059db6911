import { COUNTERS, type MeteredModule, NEAR_MEMORY } from "../index.ts"

interface Given {
  fuel?: bigint
  stack?: number
  imports?: Record<string, WebAssembly.ModuleImports>
  memory?: WebAssembly.Memory
}

/** A rewritten module with its counters, as a host holds it. `start` makes the instance. */
export function hostOf(metered: MeteredModule, given: Given = {}) {
  const { fuel = 10n ** 12n, stack = 262_144, imports = {}, memory = nearMemory() } = given
  const counter = new WebAssembly.Global({ value: "i64", mutable: true }, fuel)
  const frames = new WebAssembly.Global({ value: "i32", mutable: true }, stack)
  let instance: WebAssembly.Instance | undefined
  const start = () => {
    instance ??= new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(metered.bytes)), {
      ...imports,
      [COUNTERS.module]: {
        [COUNTERS.fuel]: counter,
        [COUNTERS.stack]: frames,
        [NEAR_MEMORY.memory]: memory,
      },
    })
    return instance
  }
  return {
    memory,
    start,
    /** What has been charged, the charge that did not fit among it. */
    spent: () => fuel - counter.value,
    /** As a host function takes what it costs, before it acts. */
    pay: (units: number) => {
      counter.value -= BigInt(units)
      if (counter.value < 0n) throw new WebAssembly.RuntimeError("out of fuel")
    },
    fuelLeft: () => counter.value,
    stackLeft: () => frames.value,
    call(name: string, ...values: (number | bigint)[]): unknown {
      const called = start().exports[name]
      if (typeof called !== "function") throw new Error(`no function ${name}`)
      return called(...values)
    },
  }
}

const { initial, maximum } = NEAR_MEMORY
let lastMemory: WebAssembly.Memory | undefined

/**
 * Each reserves gigabytes of address space, so the last one is used again as long as it has not grown. Tests write to its first few
 * pages.
 */
function nearMemory(): WebAssembly.Memory {
  if (lastMemory?.buffer.byteLength !== initial * 65_536)
    lastMemory = new WebAssembly.Memory({ initial, maximum })
  new Uint8Array(lastMemory.buffer, 0, 262_144).fill(0)
  return lastMemory
}
