/** A receipt as the call leaves it: without its own id, gas weights not yet distributed. */
export interface ReceiptDraft {
  receiverId: string
  refundTo: string | undefined
  isPromiseYield: boolean
  /** The contract's own id of a yield, 32 bytes. */
  yieldId: Uint8Array | undefined
  inputDataIds: Uint8Array[]
  outputDataReceivers: { dataId: Uint8Array; receiverId: string }[]
  actions: DraftAction[]
}

/** Public keys are borsh bytes, already found valid. */
export type DraftAction =
  | { type: "create_account" }
  | { type: "deploy_contract"; code: Uint8Array }
  | FunctionCallDraft
  | { type: "transfer"; deposit: bigint }
  | { type: "stake"; stake: bigint; publicKey: Uint8Array }
  | { type: "add_key"; publicKey: Uint8Array; nonce: bigint; permission: KeyPermission }
  | { type: "add_gas_key"; publicKey: Uint8Array; nonces: number; permission: KeyPermission }
  | { type: "transfer_to_gas_key"; publicKey: Uint8Array; deposit: bigint }
  | { type: "delete_key"; publicKey: Uint8Array }
  | { type: "delete_account"; beneficiaryId: string }
  | { type: "deploy_global_contract"; code: Uint8Array; by: "code_hash" | "account_id" }
  | { type: "use_global_contract"; contract: GlobalContract }
  | StateInitDraft

export interface FunctionCallDraft {
  type: "function_call"
  methodName: string
  args: Uint8Array
  gas: bigint
  /** Share of the gas that is left over when the call has ended: the runtime hands it out. */
  gasWeight: bigint
  deposit: bigint
}

export interface StateInitDraft {
  type: "deterministic_state_init"
  contract: GlobalContract
  data: { key: Uint8Array; value: Uint8Array }[]
  deposit: bigint
}

export type KeyPermission =
  | { kind: "full_access" }
  | {
      kind: "function_call"
      /** Absent: no limit. */
      allowance: bigint | undefined
      receiverId: string
      methodNames: string[]
    }

export type GlobalContract = { codeHash: Uint8Array } | { accountId: string }
