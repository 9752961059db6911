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

const GIVEN = ["globalThis", "console"]

/** What is compiled of it. */
export function sourceOfGlue(script: string): string {
  return `(function (${[...GIVEN, ...HIDDEN].join()}) { "use strict";\n${script}\n})`
}

/** `code` is what V8 made of it ahead, if anything; where it is another engine's, it is not taken. */
export function evaluateGlue(script: string, code?: Uint8Array): Instantiate {
  const silent = () => {}
  const compiled = new vm.Script(sourceOfGlue(script), {
    filename: "component",
    cachedData: code && code.length > 0 ? code : undefined,
  })
  const make = compiled.runInThisContext() as (...values: unknown[]) => Instantiate
  return make({ WebAssembly }, { error: silent, debug: silent, warn: silent, log: silent })
}
