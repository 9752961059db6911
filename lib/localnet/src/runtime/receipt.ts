import type { Action } from "./action.ts"

/** Ids are 32 bytes in hex: they are keys of state. The RPC shows base58. */
export type Receipt = ActionReceipt | DataReceipt

export interface ActionReceipt {
  kind: "action"
  id: string
  predecessorId: string
  receiverId: string
  signerId: string
  /** Borsh. */
  signerPublicKey: Uint8Array
  /** At which the gas was bought. */
  gasPrice: bigint
  refundTo: string | undefined
  inputDataIds: readonly string[]
  outputDataReceivers: readonly DataReceiver[]
  actions: readonly Action[]
  isYield: boolean
  /** The contract's own id of a yield, hex. */
  yieldId: string | undefined
  /** The transaction that it all began with, in hex: neardata shows it. */
  txHash: string
}

export interface DataReceipt {
  kind: "data"
  id: string
  predecessorId: string
  receiverId: string
  dataId: string
  /** null: the promise failed. */
  data: Uint8Array | null
  /** Wakes a yield. */
  isResume: boolean
  txHash: string
}

interface DataReceiver {
  dataId: string
  receiverId: string
}

export type YieldStatus = "yielded" | "resume_initiated"

export interface YieldTimeout {
  accountId: string
  dataId: string
  expiresAt: number
  txHash: string
}
