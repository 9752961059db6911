/** A component as the transpiler takes it apart: core modules, and the JavaScript between them. */
import { generate, type GenerateOptions, $init } from "@bytecodealliance/jco-transpile/component"
import { ModuleRefused, readComponent } from "@outlayer/metering"
import { findEntry } from "./check-component.guest.ts"
import { priceLifts } from "./price-lifts.guest.ts"

/**
 * Composed ones have a dozen modules, those in TypeScript some hundred entries. The transpiler's time
 * grows with the square of the exports: 2,000 took seconds.
 */
const LIMITS = {
  modules: { most: 500, code: "too_large" },
  nesting: { most: 20, code: "too_large" },
  exports: { most: 200, code: "too_large" },
  entries: { most: 20_000, code: "too_large" },
}

const NAME = "component"
const OPTIONS: GenerateOptions = {
  name: NAME,
  noTypescript: true,
  // No promises: the guest's calls return when they are done.
  instantiation: { tag: "sync" },
  noNodejsCompat: true,
  noComponentErrorWrapping: true,
}

export interface Parts {
  /** The glue, as `PackedComponent` has it. */
  script: string
  /** The name of the export to call. */
  entry: string
  /** As they came. */
  cores: [name: string, wasm: Uint8Array][]
}

/** Throws `ModuleRefused`. */
export async function takeApart(component: Uint8Array): Promise<Parts> {
  const found = findEntry(readComponent(component, LIMITS))
  if ("reason" in found) throw new ModuleRefused("no_command", found.reason)
  await $init
  const files = new Map(generateFiles(component))
  const script = takeScript(files.get(`${NAME}.js`))
  const cores = [...files].filter(([name]) => name.endsWith(".wasm"))
  return { script, entry: found.entry, cores }
}

/** It validates, too. What it throws is its own error, or a trap of its own code. */
function generateFiles(component: Uint8Array): [string, Uint8Array][] {
  try {
    return generate(component, OPTIONS).files
  } catch (error) {
    const text = hasPayload(error) ? String(error.payload) : String(error)
    throw new ModuleRefused("malformed", text.split("\n")[0] ?? "", { cause: error })
  }
}

function hasPayload(error: unknown): error is { payload: unknown } {
  return typeof error === "object" && error !== null && "payload" in error
}

/** A module of JavaScript with two exports and no import becomes the body of a function. */
function takeScript(bytes: Uint8Array | undefined): string {
  const text = new TextDecoder().decode(bytes)
  const [start = "", ...rest] = text.split("export function instantiate(")
  const [body = "", end, ...more] = rest.join("").split("\nexport const _util = ")
  const isWhole = rest.length === 1 && end !== undefined && more.length === 0
  if (!isWhole || start.trim() !== `"use components";` || /^\s*(?:import|export)\b/m.test(body))
    throw new Error("the transpiler's output has another shape")
  return priceLifts(`function instantiate(${body}\nreturn instantiate`)
}
