import type { ReceiptDraft } from "./receipt-draft.ts"

/**
 * How a call ended. After an error `balance`, `storageUsage`, `receipts` and `resumes` mean nothing:
 * the call leaves logs and burnt gas behind, nothing else.
 */
export interface CallOutcome {
  burntGas: bigint
  /** Burnt, and reserved for the receipts that were made. */
  usedGas: bigint
  /** What counts towards a chunk's limit. */
  computeUsage: bigint
  returned: ReturnedData
  logs: string[]
  error: CallError | undefined
  /** Yocto, the attached deposit included, less what the receipts carry. */
  balance: bigint
  /** Yocto that one-yocto calls of an empty account got for nothing. */
  subsidized: bigint
  storageUsage: bigint
  /** In the order of their receipt indices. */
  receipts: ReceiptDraft[]
  resumes: { dataId: Uint8Array; payload: Uint8Array }[]
  profile: GasProfile
}

export type ReturnedData =
  | { kind: "none" }
  | { kind: "value"; value: Uint8Array }
  | { kind: "receipt_index"; receiptIndex: number }

/** A `FunctionCallError` of nearcore: `name` is the variant inside `kind`, or `kind` again. */
export interface CallError {
  kind: CallErrorKind
  name: string
  /** Rust's `Display`: what goes into `ExecutionError`. */
  message: string
  /** Rust's `Debug`: what a failed view call shows. */
  debug: string
}

export type CallErrorKind =
  | "CompilationError"
  | "LinkError"
  | "LoadingError"
  | "MethodResolveError"
  | "WasmTrap"
  | "HostError"

/** Burnt gas by cost name, as near-params names them; zeros are left out. */
export interface GasProfile {
  /** Operators: the rest of what was burnt. */
  wasm: bigint
  ext: Record<string, bigint>
  actions: Record<string, bigint>
}
