/** What one function call knows before it starts. Gas, money, heights are bigint; hashes are 32 bytes. */
export interface CallContext {
  currentAccountId: string
  signerAccountId: string
  /** Borsh: one byte for the curve, then the key. */
  signerPublicKey: Uint8Array
  predecessorAccountId: string
  refundToAccountId: string
  input: Uint8Array
  promiseResults: readonly PromiseResult[]
  blockHeight: bigint
  /** Nanoseconds since 1970. */
  blockTimestamp: bigint
  epochHeight: bigint
  /** Yocto, without the attached deposit. */
  accountBalance: bigint
  accountLockedBalance: bigint
  attachedDeposit: bigint
  /** Bytes before the call. */
  storageUsage: bigint
  /** In a view the VM takes `max_gas_burnt` in its place. */
  prepaidGas: bigint
  randomSeed: Uint8Array
  isView: boolean
  accountContract: AccountContract
  /** Accounts that wait for the returned value: each pays for its data receipt. */
  outputDataReceivers: readonly string[]
  chainId: string
}

export type PromiseResult =
  | { status: "not_ready" }
  | { status: "successful"; data: Uint8Array }
  | { status: "failed" }

export type AccountContract =
  | { kind: "none" }
  | { kind: "local"; codeHash: Uint8Array }
  | { kind: "global"; codeHash: Uint8Array }
  | { kind: "global_by_account"; accountId: string }
