import type { ActionReceipt } from "./receipt.ts"

/** How a transaction or a receipt ended. Ids are hex. */
export interface Outcome {
  id: string
  executorId: string
  logs: readonly string[]
  /** Action receipts that it made; data goes unseen. */
  receiptIds: readonly string[]
  gasBurnt: bigint
  tokensBurnt: bigint
  status: OutcomeStatus
  /** By "category:COST"; a transaction has none. */
  profile: ReadonlyMap<string, bigint> | undefined
}

export type OutcomeStatus =
  | { kind: "value"; value: Uint8Array }
  | { kind: "receipt"; id: string }
  /** `TxExecutionError` as JSON. */
  | { kind: "failure"; error: unknown }

export interface ExecutedReceipt {
  receipt: ActionReceipt
  outcome: Outcome
}
