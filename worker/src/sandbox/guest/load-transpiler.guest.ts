/** The transpiler is too large to be in every child: who needs it gets it along with the job. */
import { createRequire } from "node:module"
import vm from "node:vm"
import type { TranspileJob } from "../wire.ts"

type Transpile = (job: TranspileJob, component: Uint8Array) => Promise<void>

/** A script of ours, and the modules that it wants by their places. */
export function loadTranspiler([script, ...modules]: readonly Uint8Array[]): Transpile {
  const compileGiven = (place: number) =>
    WebAssembly.compile(modules[place] as Uint8Array<ArrayBuffer>)
  const exports: { transpile?: Transpile } = {}
  const text = `(function (require, exports, compileGiven) {${new TextDecoder().decode(script)}\n})`
  const evaluate = vm.runInThisContext(text) as (...values: unknown[]) => void
  evaluate(createRequire("/transpiler"), exports, compileGiven)
  if (!exports.transpile) throw new Error("the transpiler's script gives none")
  return exports.transpile
}
