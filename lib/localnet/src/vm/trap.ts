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

/** Undefined: not a trap, but an error of ours. V8 has one message for a call to null and to a function of another type. */
export function trapError(error: unknown, isNull: () => boolean): CallError | undefined {
  if (!(error instanceof WebAssembly.RuntimeError)) return undefined
  let name = TRAPS.find(([pattern]) => pattern.test(error.message))?.[1]
  if (name === undefined) return undefined
  if (name === "IncorrectCallIndirectSignature" && isNull()) name = "IndirectCallToNull"
  return {
    kind: "WasmTrap",
    name,
    message: `WebAssembly trap: ${MESSAGES[name]}`,
    debug: `WasmTrap(${name})`,
  }
}
