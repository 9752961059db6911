/** From what a guest's last call threw to what became of the guest. */
import type { TrapFrame } from "../execution.ts"
import type { Fuel } from "../wasi/fuel.guest.ts"
import { HostTrap, isAllocationFailure, Stop } from "../wasi/stop.guest.ts"
import type { GuestOutcome } from "../wire.ts"

/** V8's words for a trap (src/common/message-template.h), and those of the specification's tests. */
const TRAPS: readonly (readonly [v8: string, spec: string])[] = [
  ["unreachable", "unreachable"],
  ["memory access out of bounds", "out of bounds memory access"],
  ["divide by zero", "integer divide by zero"],
  ["remainder by zero", "integer divide by zero"],
  ["divide result unrepresentable", "integer overflow"],
  ["float unrepresentable in integer range", "invalid conversion to integer"],
  ["table index is out of bounds", "undefined element"],
  ["null function or function signature mismatch", "indirect call type mismatch"],
  ["table access out of bounds", "out of bounds table access"],
  ["data segment out of bounds", "out of bounds memory access"],
  ["element segment out of bounds", "out of bounds table access"],
  ["dereferencing a null pointer", "null reference"],
]
const MAX_FRAMES = 8
const MAX_NAME = 80

/** The state that the metered code and the host share. */
export interface Counters {
  fuel: Fuel
  globals: { fuel: WebAssembly.Global<"i64">; stack: WebAssembly.Global<"i32"> }
  /** Of each instance that grows a memory: not 0 when it was refused more. */
  refusals: WebAssembly.Global<"i32">[]
}

export interface Kind {
  /** What becomes of errors that are neither ours nor V8's for wasm. */
  ofOthers: (error: unknown) => GuestOutcome
  /** Its modules have names of ours, which say where a trap was. */
  isComponent: boolean
}

export function endingOf(error: unknown, counters: Counters, guest: Kind): GuestOutcome {
  const { fuel, globals, refusals } = counters
  // First: whatever was thrown, a counter below zero says why.
  if (fuel.isSpent) return { kind: "out_of_fuel" }
  if (globals.stack.value < 0) return { kind: "stack_overflow" }
  const outcome = error instanceof Stop ? stopped(error) : thrown(error, guest)
  // Who was refused memory and went on well has no complaint; who failed has failed for that.
  const isFailure = outcome.kind === "trap" || outcome.kind === "exit_nonzero"
  return isFailure && refusals.some(({ value }) => value !== 0)
    ? { kind: "out_of_memory" }
    : outcome
}

function thrown(error: unknown, { ofOthers, isComponent }: Kind): GuestOutcome {
  if (hasCode(error, "ERR_SCRIPT_EXECUTION_TIMEOUT")) return { kind: "timed_out" }
  if (error instanceof WebAssembly.RuntimeError) return trapped(error, isComponent)
  if (error instanceof HostTrap) return { kind: "trap", trap: error.message, where: [] }
  if (error instanceof WebAssembly.LinkError || error instanceof WebAssembly.CompileError)
    return { kind: "refused", reason: error.message }
  // V8's own limit, where ours was to be met before: no `stack_overflow`, so that tests see it.
  if (error instanceof RangeError && error.message.includes("call stack"))
    return { kind: "trap", trap: "call stack exhausted", where: [] }
  if (isAllocationFailure(error)) return { kind: "out_of_memory", of: "engine" }
  return ofOthers(error)
}

function stopped({ reason, exitCode }: Stop): GuestOutcome {
  if (reason === "fuel") return { kind: "out_of_fuel" }
  if (reason === "time") return { kind: "timed_out" }
  if (reason === "output") return { kind: "output_too_large" }
  if (reason === "stack") return { kind: "stack_overflow" }
  if (reason === "memory") return { kind: "out_of_memory" }
  return exitCode === 0 ? { kind: "ok" } : { kind: "exit_nonzero", exitCode }
}

function trapped(
  { message, stack = "" }: WebAssembly.RuntimeError,
  isComponent: boolean,
): GuestOutcome {
  const trap = TRAPS.find(([v8]) => message.includes(v8))?.[1] ?? message
  return { kind: "trap", trap, where: framesOf(stack, isComponent) }
}

/**
 * Lines like `at module.name (wasm://wasm/module-1a2b3c4d:wasm-function[3]:0x4d)`; a guest chose the
 * names, and may have left out either.
 */
function framesOf(stack: string, isComponent: boolean): TrapFrame[] {
  const calls = stack.matchAll(
    /^ +at (?:(.*) \()?wasm:\/\/wasm\/(.*):wasm-function\[(\d+)\]:0x([0-9a-f]+)/gm,
  )
  return [...calls].slice(0, MAX_FRAMES).map(([, given = "", module = "", index, offset = "0"]) => {
    const prefix = module.replace(/-?[0-9a-f]{8}$/, ".")
    const own = given.startsWith(prefix) ? given.slice(prefix.length) : given
    const name = own.replace(/[^\x20-\x7e]/g, "?").slice(0, MAX_NAME)
    const isNamed = name !== "" && !name.startsWith("wasm-function[")
    const place = { function: Number(index), offset: Number.parseInt(offset, 16) }
    const at = isComponent ? { module: prefix.slice(0, -1), ...place } : place
    return isNamed ? { ...at, name } : at
  })
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code
}
