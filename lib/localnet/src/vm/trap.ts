import type { CallError } from "./call-outcome.ts"

/** V8's messages, and what nearcore calls such a trap. */
const TRAPS: readonly (readonly [RegExp, TrapName])[] = [
  [/^unreachable$/, "Unreachable"],
  [/divide|remainder|unrepresentable/, "IllegalArithmetic"],
  [/signature mismatch/, "IncorrectCallIndirectSignature"],
  [/out of bounds|segment/, "MemoryOutOfBounds"],
]

type TrapName = keyof typeof MESSAGES

const MESSAGES = {
  Unreachable: "An `unreachable` opcode was executed.",
  IllegalArithmetic: "An arithmetic exception, e.g. divided by zero.",
  IncorrectCallIndirectSignature: "Call indirect incorrect signature trap.",
  IndirectCallToNull: "Indirect call to null.",
  MemoryOutOfBounds: "Memory out of bounds trap.",
}

/** Undefined: not a trap, but an error of ours. */
export function trapError(error: unknown): CallError | undefined {
  if (!(error instanceof WebAssembly.RuntimeError)) return undefined
  const name = TRAPS.find(([pattern]) => pattern.test(error.message))?.[1]
  if (name === undefined) return undefined
  return {
    kind: "WasmTrap",
    name,
    message: `WebAssembly trap: ${MESSAGES[name]}`,
    debug: `WasmTrap(${name})`,
  }
}
