import type { State } from "../state/state.ts"
import type { ReturnedData } from "../vm/vm.ts"
import type { Account } from "./account.ts"
import type { BlockContext } from "./block-context.ts"
import type { ActionReceipt, DataReceipt } from "./receipt.ts"
import type { PromiseResult } from "../vm/vm.ts"

/** A receipt that has no id yet. */
export type NewReceipt = Omit<ActionReceipt, "id"> | Omit<DataReceipt, "id">

/** An action receipt while it runs: its actions change this and the state, one after the other. */
export interface ReceiptRun {
  readonly state: State
  readonly block: BlockContext
  readonly receipt: ActionReceipt
  readonly promiseResults: readonly PromiseResult[]
  account: Account | undefined
  /** On whose behalf: the predecessor, until an account is created. */
  actorId: string
  gasBurnt: bigint
  gasUsed: bigint
  /** By contracts: a share of it is theirs. */
  gasBurntByCalls: bigint
  /** What counts towards the chunk's limit, where it is not the gas. */
  extraCompute: bigint
  logs: string[]
  returned: ReturnedData
  newReceipts: NewReceipt[]
  hasCreatedAccount: boolean
  /** Yocto that came from nowhere: see CallOutcome. */
  subsidized: bigint
  profile: Map<string, bigint>
}

/** An `ActionErrorKind` as JSON; undefined: it went well. */
export type ActionFailure = string | Record<string, unknown> | undefined
