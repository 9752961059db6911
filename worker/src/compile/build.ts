/** What a build is asked for and what it ends as. A build that fails is data, never an exception. */
import type { BuildRecord } from "@outlayer/protocol"
import type { BuildTarget, FailureCode } from "@outlayer/protocol/pure"

export interface Builder {
  /** What this machine can build with, and for which target: for the log. */
  readonly toolchains: readonly string[]
  /** How a build is walled off here: one line for the log. */
  readonly confinement: string
  /** Rejects with the signal's reason, or because this machine itself is at fault. */
  build(source: Source, limits: BuildLimits, signal: AbortSignal): Promise<Build>
}

export interface Source {
  /** As the request spells it: the clone keeps the spelling. */
  repo: string
  /** Full hash: a branch or tag was resolved when the task was created. */
  commit: string
  buildTarget: BuildTarget
}

export interface BuildLimits {
  maxCompileMs: number
}

export type Build = BuildDone | BuildFailed

export interface BuildDone {
  ok: true
  wasm: Uint8Array
  record: BuildRecord
  /** Fetch and build together, wall clock. */
  compileTimeMs: number
  /** One sentence for the receipt. */
  note: string
}

interface BuildFailed {
  ok: false
  code: FailureCode
  /** Short and ours; it may be shown to anybody. */
  message: string
  /** The end of what the tools printed: for the operator alone. */
  log: string
  compileTimeMs: number
}

/** Thrown inside a build; `createBuilder` turns it into data. */
export class BuildError extends Error {
  override readonly name = "BuildError"
  readonly code: FailureCode
  readonly log: string

  constructor(code: FailureCode, message: string, log = "") {
    super(message)
    this.code = code
    this.log = log
  }
}
