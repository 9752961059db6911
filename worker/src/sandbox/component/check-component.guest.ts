/**
 * What the sandbox asks of a component before it is transpiled: a command, of interfaces that are
 * there, whose names stay names in the JavaScript that is made of them.
 */
import type { Component, MeteredModule } from "@outlayer/metering"
import { interfaceOf, isKnownImport } from "../wasi/preview2/interface-names.guest.ts"

const ENTRY = "wasi:cli/run"
/**
 * No quote, no backslash, no brace, no line's end, no end of a comment, nothing beyond ASCII:
 * whatever the transpiler puts around such a name, code, string or comment, it cannot leave.
 */
const PLAIN = /^[A-Za-z0-9_$.:@#|<>=,+/[\] -]*$/
/** What the transpiler itself names, in modules that it makes to join components. */
export const TRANSCODERS = /^[a-z0-9-]+ \(mem\d+ => mem\d+\)$/
/** Properties that every object has are no names of a guest's. */
const INHERITED = new Set<string>([
  ...Object.getOwnPropertyNames(Object.prototype),
  ...Object.getOwnPropertyNames(Function.prototype),
  "prototype",
])
/** Functions have a length and a name, but so may what a component calls thus. */
const HARMLESS = new Set(["length", "name", "arguments", "toString", "apply", "bind", "call"])

/** The export to call, or why there is none. */
export function findEntry({
  imports,
  exports,
  names,
}: Component): { entry: string } | { reason: string } {
  const odd = [...imports, ...exports, ...names].find(isOdd)
  if (odd !== undefined) return { reason: `a name in it is ${describe(odd)}` }
  const unknown = imports.find((name) => !isKnownImport(name))
  if (unknown !== undefined) return { reason: `it imports ${unknown}, which is not there` }
  const entries = exports.filter((name) => interfaceOf(name) === ENTRY)
  const [entry] = entries
  if (entry === undefined) return { reason: `it exports no ${ENTRY}@0.2: only commands run` }
  return entries.length > 1 ? { reason: `it exports ${ENTRY} twice` } : { entry }
}

/** The first name in a core module that could be more than a name. */
export function findOddName(metered: MeteredModule): string | undefined {
  const { imports, otherImports, exports } = metered
  const names = [...imports, ...otherImports].flatMap(({ module, name }) => [module, name])
  const odd = [...names, ...exports.map(({ name }) => name)].find(isOdd)
  return odd === undefined ? undefined : `a name in a core module is ${describe(odd)}`
}

function isOdd(name: string): boolean {
  if (TRANSCODERS.test(name)) return false
  return !PLAIN.test(name) || name.includes("//") || (INHERITED.has(name) && !HARMLESS.has(name))
}

function describe(name: string): string {
  return JSON.stringify(name.slice(0, 60))
}
