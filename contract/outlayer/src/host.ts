/** What the contract asks of its chain. On chain it is `near-host.ts`, in unit tests a fake. */
export interface Host {
  /** Who made this call: an account or a contract, never the signer behind it. */
  predecessor: () => string
  self: () => string
  /** The key that signed the transaction: the curve's number, then the key. */
  signerKey: () => Uint8Array
  deposit: () => bigint
  balance: () => bigint
  /** Bytes that this account holds, and stakes NEAR for. */
  storageUsage: () => bigint
  blockHeight: () => number
  /** Nanoseconds. */
  blockTimestamp: () => bigint

  read: (key: string) => string | undefined
  has: (key: string) => boolean
  write: (key: string, value: string) => void
  /** Writes, and returns what was there. */
  replace: (key: string, value: string) => string | undefined
  /** Returns what was there. */
  remove: (key: string) => string | undefined

  sha256: (bytes: Uint8Array) => Uint8Array
  utf8: (text: string) => Uint8Array
  fromUtf8: (bytes: Uint8Array) => string
  hex: (bytes: Uint8Array) => string
  base64: (bytes: Uint8Array) => string
  /** Undefined for what is not base64 to the last bit. */
  fromBase64: (text: string) => Uint8Array | undefined

  log: (line: string) => void
  /** What this call has used so far, receipts that it made among it. */
  usedGas: () => number
  /** The last one is returned. Paid by the byte, once for each receipt that waits for it. */
  returnBytes: (value: Uint8Array) => void
  /** Makes this call wait for a yield that calls `method` of ours, and answers with its data id. */
  returnYield: (method: string, args: string, gas: number) => Uint8Array
  /** False when the yield is gone: resumed or timed out, and its callback done. */
  resume: (dataId: Uint8Array, payload: string) => boolean
  /** What the promise that called us back came to; undefined when it failed. */
  promiseResult: () => string | undefined
  /** Sends NEAR, and tells `method` of ours how that went. */
  transfer: (
    to: string,
    amount: bigint,
    callback: { method: string; args: string; gas: number },
  ) => void
}
