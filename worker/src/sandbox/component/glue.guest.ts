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

/** What the glue calls to pay. No name of a guest's: components have none with such a sign. */
export const PAY = "$pay"

/** Whatever of Node's is there without an import. JavaScript's own stays: the glue is made of it. */
const HIDDEN = `
  process require module exports global Buffer fetch navigator Worker WebSocket EventSource
  setTimeout setInterval setImmediate queueMicrotask performance crypto structuredClone
  Function Date work`
  .trim()
  .split(/\s+/)

const GIVEN = [PAY, "globalThis", "console"]

/** What is compiled of it. */
export function sourceOfGlue(script: string): string {
  return `(function (${[...GIVEN, ...HIDDEN].join()}) { "use strict";\n${script}\n})`
}

/** Hears how much is about to be taken from a guest's memory: so many values of so many bytes. */
export type Take = (length: number, bytes: number, isOneByOne: boolean) => void

/** `code` is what V8 made of it ahead, if anything; where it is another engine's, it is not taken. */
export function evaluateGlue(script: string, take: Take, code?: Uint8Array): Instantiate {
  const silent = () => {}
  // Lengths come as wasm has them, with a sign.
  const pay = (length: number, bytes: number, isOneByOne = false) => {
    take(length >>> 0, bytes, isOneByOne)
    return length
  }
  const compiled = new vm.Script(sourceOfGlue(script), {
    filename: "component",
    cachedData: code && code.length > 0 ? code : undefined,
  })
  const make = compiled.runInThisContext() as (...values: unknown[]) => Instantiate
  return make(pay, { WebAssembly }, { error: silent, debug: silent, warn: silent, log: silent })
}
