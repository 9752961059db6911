import type { Action } from "../runtime/action.ts"

/** Hashes are hex, keys and signatures borsh bytes (the curve's byte first). */
export interface SignedTransaction {
  signerId: string
  publicKey: Uint8Array
  nonce: bigint
  receiverId: string
  blockHash: string
  actions: Action[]
  signature: Uint8Array
  hash: string
  /** Bytes, signature included. */
  size: number
}
