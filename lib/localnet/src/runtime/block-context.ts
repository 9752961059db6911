/** What a receipt may know of the block that runs it. */
export interface BlockContext {
  height: number
  /** Nanoseconds since 1970. */
  timestamp: bigint
  epochHeight: number
  gasPrice: bigint
  /** 32 bytes. */
  randomValue: Uint8Array
  chainId: string
  /** After so many blocks a yield ends without an answer: 200 at NEAR. */
  yieldTimeoutBlocks: number
  validators: ReadonlyMap<string, bigint>
}
