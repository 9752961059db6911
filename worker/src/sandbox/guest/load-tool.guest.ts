/** What parses a stranger's programs is most of our code: who needs it gets it along with the job. */
import { createRequire } from "node:module"
import vm from "node:vm"
import type { PrepareJob } from "../wire.ts"

type Tool = (job: PrepareJob, program: Uint8Array) => void | Promise<void>

/** A script of ours, and the modules that it wants by their places. */
export function loadTool(
  kind: PrepareJob["kind"],
  [script, ...modules]: readonly Uint8Array[],
): Tool {
  const compileGiven = (place: number) =>
    WebAssembly.compile(modules[place] as Uint8Array<ArrayBuffer>)
  const exports: Partial<Record<PrepareJob["kind"], Tool>> = {}
  const text = `(function (require, exports, compileGiven) {${new TextDecoder().decode(script)}\n})`
  const evaluate = vm.runInThisContext(text) as (...values: unknown[]) => void
  evaluate(createRequire("/tool"), exports, compileGiven)
  const tool = exports[kind]
  if (!tool) throw new Error(`the script to ${kind} with does not do that`)
  return tool
}
