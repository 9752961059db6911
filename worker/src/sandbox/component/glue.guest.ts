/**
 * Evaluates the glue that was transpiled from a guest's component. Its names were checked when it
 * was made; that it sees nothing of Node's is a second belt.
 */
import vm from "node:vm"

export type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: object,
  instantiateCore: (module: WebAssembly.Module, imports?: never) => WebAssembly.Instance,
) => Record<string, unknown>

/** Whatever of Node's is there without an import. JavaScript's own stays: the glue is made of it. */
const HIDDEN = `
  process require module exports global Buffer fetch navigator Worker WebSocket EventSource
  setTimeout setInterval setImmediate queueMicrotask performance crypto structuredClone
  Function Date work`
  .trim()
  .split(/\s+/)

export function evaluateGlue(script: string): Instantiate {
  const silent = () => {}
  const given = {
    globalThis: { WebAssembly },
    console: { error: silent, debug: silent, warn: silent, log: silent },
  }
  const text = `(function (${[...Object.keys(given), ...HIDDEN].join()}) { "use strict";\n${script}\n})`
  const make = vm.runInThisContext(text, { filename: "component" }) as (
    ...values: unknown[]
  ) => Instantiate
  return make(...Object.values(given))
}
