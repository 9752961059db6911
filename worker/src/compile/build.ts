/** What a build is asked for and what it ends as. A build that fails is data, never an exception. */

export interface Builder {
  /** Which toolchains this machine has, by the id that a build record carries. */
  readonly toolchains: readonly string[]
  /** Rejects only for want of this machine's own (disk, processes), never for what a repository holds. */
  build(source: Source, limits: BuildLimits, signal: AbortSignal): Promise<Build>
}

export interface Source {
  /** As the request spells it: the clone keeps the spelling. */
  repo: string
  /** Full hash: a branch or tag was resolved when the task was created. */
  commit: string
  /** Empty or absent targets have become the default before. */
  buildTarget: string
}

export interface BuildLimits {
  maxCompileMs: number
}

export type Build = BuildDone | BuildFailed

export interface BuildDone {
  ok: true
  wasm: Uint8Array
  record: SignedBuildRecord
  /** Fetch and build together, wall clock. */
  compileTimeMs: number
  /** One sentence for the receipt: the toolchain and how it was confined. */
  note: string
}

export interface BuildFailed {
  ok: false
  code: BuildFailureCode
  /** Short and ours: what a compiler said goes to the operator's log alone. */
  message: string
  compileTimeMs: number
}

/** The failure codes that a build can end with; the table of all is `lib/protocol`'s. */
export type BuildFailureCode =
  | "repository_not_found"
  | "repository_unreachable"
  | "repository_too_large"
  | "commit_not_found"
  | "commit_not_in_repository"
  | "target_unsupported"
  | "lockfile_missing"
  | "compile_failed"
  | "compile_timeout"
  | "wasm_refused"
  | "infrastructure"

/** Who built what from what. Others believe a wasm hash only by such a record. */
export interface BuildRecord {
  /** `host/owner/name` in lower case. */
  repo: string
  /** Full hash. */
  commit: string
  /** Every branch whose history holds the commit, sorted by bytes. */
  branches: readonly string[]
  target: string
  toolchain: string
  /** Lower-case hex. */
  wasmSha256: string
}

export interface SignedBuildRecord {
  record: BuildRecord
  /** The builder's ed25519 key, 32 bytes. */
  publicKey: Uint8Array
  /** Over `encodeBuildRecord(record)`, 64 bytes. */
  signature: Uint8Array
}
