/** Runs hostile wasm: metered, in a process of its own that is never used again. */
import type { Execution, GuestInput, Program, RunLimits } from "./execution.ts"
import type { Level } from "./levels.ts"

export { failureCode } from "./execution.ts"
export type * from "./execution.ts"
export { type Level, LEVELS } from "./levels.ts"

export interface SandboxOptions {
  /** Creating a sandbox fails where the host does not allow this much. */
  minLevel: Level
  /** Processes kept waiting, so that a run does not wait for one to start. */
  poolSize: number
  /** Where metered modules are kept; without it in memory. */
  cacheDir?: string
  log: SandboxLog
}

/** What the sandbox needs of a logger. */
export interface SandboxLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface Sandbox extends AsyncDisposable {
  readonly level: Level
  readonly engine: string
  /** Never rejects: see `Outcome`. */
  run(
    program: Program,
    input: GuestInput,
    limits: RunLimits,
    signal?: AbortSignal,
  ): Promise<Execution>
}
