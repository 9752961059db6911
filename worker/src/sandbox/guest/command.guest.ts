/** What the sandbox asks of a module before it is run: a preview 1 command, and nothing else. */
import type { FunctionType, MeteredModule, ModuleImport } from "@outlayer/metering"
import { PREVIEW1, SIGNATURES } from "../wasi/preview1/signatures.guest.ts"

const LETTERS = { i: "i32", I: "i64" } as const

/** The first reason to refuse it, or none. */
export function whyNoCommand({ imports, exports }: MeteredModule): string | undefined {
  const start = exports.find(({ name }) => name === "_start")
  const memory = exports.find(({ name }) => name === "memory")
  if (start?.kind !== "function") return "it exports no function _start: only commands run"
  if (start.type && (start.type.params.length > 0 || start.type.results.length > 0))
    return "its _start takes or gives values"
  if (memory?.kind !== "memory") return "it exports no memory"
  return imports.map(whyNotImport).find((reason) => reason !== undefined)
}

/**
 * The types matter: JavaScript would take a function of any type, and convert, or throw what is no
 * trap.
 */
function whyNotImport({ module, name, type }: ModuleImport): string | undefined {
  if (module !== PREVIEW1 || !Object.hasOwn(SIGNATURES, name))
    return `it imports ${module}.${name}, which is not there`
  const letters = SIGNATURES[name as keyof typeof SIGNATURES]
  const params = letters.split("").map((letter) => LETTERS[letter as keyof typeof LETTERS])
  const results = name === "proc_exit" ? [] : ["i32"]
  return sameType(type, { params, results })
    ? undefined
    : `it imports ${module}.${name} with another type`
}

function sameType(
  { params, results }: FunctionType,
  expected: { params: readonly string[]; results: readonly string[] },
): boolean {
  return params.join() === expected.params.join() && results.join() === expected.results.join()
}
