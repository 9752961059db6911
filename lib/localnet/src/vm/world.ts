/**
 * What a call touches outside of itself. It is one call's view: what a failed call wrote, the owner of
 * the World takes back. Keys are the contract's own, values are not copied: neither side changes them.
 */
export interface World {
  storageGet(key: Uint8Array): Uint8Array | undefined
  storageHas(key: Uint8Array): boolean
  storageSet(key: Uint8Array, value: Uint8Array): StorageChange
  storageRemove(key: Uint8Array): StorageChange
  /** 32 bytes: one for each data dependency of a new receipt and for each yield, in their order. */
  newDataId(): Uint8Array
  /** Whether a yield made before this call still waits. Those of this call the VM knows. */
  isYieldPending(dataId: Uint8Array): boolean
  /** The data id that waits under the contract's own 32-byte id, if it was made before this call. */
  pendingDataId(yieldId: Uint8Array): Uint8Array | undefined
  validatorStake(accountId: string): bigint | undefined
  totalStake(): bigint
}

export interface StorageChange {
  evicted: Uint8Array | undefined
  /** Trie nodes touched: paid after the bytes (`state/trie.ts`). */
  trieNodes: number
}
