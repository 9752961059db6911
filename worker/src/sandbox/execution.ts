/** What a run is given and what comes of it. Whatever a guest does is data, never an exception. */
import type { Level } from "./levels.ts"

export interface Program {
  /** A preview 1 command, as the compiler made it: metering is the sandbox's business. */
  wasm: Uint8Array
  /** Its SHA-256 in hex, checked already: the key under which its metered form is kept. */
  hash: string
}

export interface GuestInput {
  stdin: Uint8Array
  /** Secrets among them: they travel by pipe, and are never logged. */
  environment: Readonly<Record<string, string>>
  /** After the program's own name. */
  arguments?: readonly string[]
  /**
   * By path from the guest's root, like `data/a.txt`; one that ends in a slash is an empty folder. The
   * guest works on its own copies. Without this, even an empty one, there is no folder to open.
   */
  files?: Readonly<Record<string, Uint8Array>>
}

export interface RunLimits {
  maxInstructions: bigint
  maxMemoryMb: number
  maxExecutionMs: number
  /** Of stdout. */
  maxOutputBytes: number
}

export type Outcome =
  | { kind: "ok" }
  /** `trap` in the words of the specification's tests; `where` names functions, innermost first. */
  | { kind: "trap"; trap: string; where: readonly string[] }
  | { kind: "out_of_fuel" }
  | { kind: "out_of_memory" }
  | { kind: "timed_out" }
  | { kind: "exit_nonzero"; exitCode: number }
  | { kind: "output_too_large" }
  | { kind: "stack_overflow" }
  /** The module itself was turned down, before any of it ran. */
  | { kind: "refused"; reason: string }
  /** The caller's signal ended the run. Whose fault that is, the caller knows. */
  | { kind: "aborted" }
  /** Ours: the child died, or could not be started. */
  | { kind: "infrastructure"; reason: string }

export interface Execution {
  outcome: Outcome
  /**
   * Fuel spent, never more than the limit. Exact, but where the child had to be killed (`aborted`,
   * some of `timed_out` and `infrastructure`): then a lower bound.
   */
  instructions: bigint
  timeMs: number
  /** stdout; of a failed run whatever came before. */
  output: Uint8Array
  /** The last bytes of stderr, for the operator's eyes only. */
  stderrTail: Uint8Array
  level: Level
  /** Names all that could change output or fuel: our rewriter, our host, Node. */
  engine: string
}

/** The failure codes of the protocol that a run can end with. */
export type RunFailure = Exclude<Outcome["kind"], "ok" | "refused" | "aborted"> | "wasm_refused"

/** `undefined` where there is none: the run was a success, or the caller ended it. */
export function failureCode({ kind }: Outcome): RunFailure | undefined {
  if (kind === "ok" || kind === "aborted") return undefined
  return kind === "refused" ? "wasm_refused" : kind
}
