import { COUNTERS, type MeteredModule, NEAR_MEMORY } from "../index.ts"

interface Given {
  fuel?: bigint
  stack?: number
  imports?: Record<string, WebAssembly.ModuleImports>
}

/** A rewritten module with its counters, as a host holds it. `start` makes the instance. */
export function hostOf(
  metered: MeteredModule,
  { fuel = 10n ** 12n, stack = 262_144, imports = {} }: Given = {},
) {
  const counter = new WebAssembly.Global({ value: "i64", mutable: true }, fuel)
  const frames = new WebAssembly.Global({ value: "i32", mutable: true }, stack)
  const { initial, maximum } = NEAR_MEMORY
  const memory = new WebAssembly.Memory({ initial, maximum })
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
    fuelLeft: () => counter.value,
    stackLeft: () => frames.value,
    call(name: string, ...values: (number | bigint)[]): unknown {
      const called = start().exports[name]
      if (typeof called !== "function") throw new Error(`no function ${name}`)
      return called(...values)
    },
  }
}
