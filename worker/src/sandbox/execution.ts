/** What a run is given and what comes of it. Whatever a guest does is data, never an exception. */
import type { HttpClient } from "./http/exchange.ts"
import type { Level } from "./levels.ts"

export interface Program {
  /** A preview 1 module or a component, as the compiler made it: metering is the sandbox's business. */
  wasm: Uint8Array
  /** Its SHA-256 in hex, checked already: the key under which its metered form is kept. */
  hash: string
}

export interface GuestInput {
  stdin: Uint8Array
  /** Secrets among them: they travel by pipe, and are never logged. */
  environment: Readonly<Record<string, string>>
  /** What the guest sees as its first argument: "guest.wasm" unless told. */
  programName?: string | undefined
  /** After the program's own name. */
  arguments?: readonly string[]
  /** The guest works on its own copies. Without this, even an empty one, there is no folder to open. */
  files?: Files | undefined
}

/** By path from the guest's root, like `data/a.txt`; one that ends in a slash is a folder. */
export type Files = Readonly<Record<string, Uint8Array | Link>>

export interface Link {
  /** Followed within the guest's files alone. */
  link: string
}

/** What else may be wanted of a run. */
export interface RunOptions {
  signal?: AbortSignal | undefined
  /** stdout as it comes; it is collected all the same. */
  onOutput?: ((bytes: Uint8Array) => void) | undefined
  /** All of stderr as it comes. */
  onErrors?: ((bytes: Uint8Array) => void) | undefined
  /** In the place of `GuestInput.stdin`: asked once the guest looks at it, if it ever does. */
  readStdin?: (() => Promise<Uint8Array>) | undefined
  /** Without it every request of the guest's is denied. */
  http?: HttpClient | undefined
  /** What files the guest leaves are told, where it was given any. */
  returnsFiles?: boolean | undefined
}

export interface RunLimits {
  maxInstructions: bigint
  maxMemoryMb: number
  maxExecutionMs: number
  /** Of stdout. */
  maxOutputBytes: number
}

/** A function that was running when the guest trapped. */
export interface TrapFrame {
  /** Of a component, which has several: `core`, `core2`..., and after a dot what it calls itself. */
  module?: string | undefined
  /** Its index in the module. */
  function: number
  /** Where the module's name section has it: a guest chose it. */
  name?: string | undefined
  /** Of the operator, in bytes from the start of the metered module. */
  offset: number
}

export type Outcome =
  | { kind: "ok" }
  /** `trap` in the words of the specification's tests; `where` is the innermost first. */
  | { kind: "trap"; trap: string; where: readonly TrapFrame[] }
  | { kind: "out_of_fuel" }
  /** `of` the engine: not the guest's own limit, but what V8 needs to serve it was too much. */
  | { kind: "out_of_memory"; of?: "engine" | undefined }
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
   * some of `timed_out` and `infrastructure`): then a lower bound, what was spent
   * at some host call before; nothing for a guest that made none.
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
  /** Absent where nothing ran. */
  record?: RunRecord | undefined
  /** Where they were asked for, and the child lived to tell. */
  files?: Files | undefined
}

/** What decided output and fuel besides program, input, limits and engine. */
export interface RunRecord {
  /** SHA-256 in hex of what V8 was given. */
  meteredHash: string
  seed: Uint8Array
  /** Nanoseconds since 1970. */
  wallClockNs: bigint
  stdin: Uint8Array
}

/** For people. */
export function describeFrame({ name, module, function: index }: TrapFrame): string {
  const place = module ? `function ${index} of ${module}` : `function ${index}`
  return name ? `${name} (${place})` : place
}

/** The failure codes of the protocol that a run can end with. */
export type RunFailure = Exclude<Outcome["kind"], "ok" | "refused" | "aborted"> | "wasm_refused"

/** `undefined` where there is none: the run was a success, or the caller ended it. */
export function failureCode({ kind }: Outcome): RunFailure | undefined {
  if (kind === "ok" || kind === "aborted") return undefined
  return kind === "refused" ? "wasm_refused" : kind
}
