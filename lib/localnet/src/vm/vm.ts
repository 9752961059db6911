/** The VM's face for the runtime, and for the recorded vectors. */
export type { AccountContract, CallContext, PromiseResult } from "./call-context.ts"
export type {
  CallError,
  CallErrorKind,
  CallOutcome,
  GasProfile,
  ReturnedData,
} from "./call-outcome.ts"
export type {
  DraftAction,
  FunctionCallDraft,
  GlobalContract,
  KeyPermission,
  ReceiptDraft,
  StateInitDraft,
} from "./receipt-draft.ts"
export type { StorageChange, World } from "./world.ts"

export { callContract } from "./call-contract.ts"
export { type LoadedContract, loadContract } from "./contract.ts"
