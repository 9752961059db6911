/** What the contract asks of its chain. On chain it is `near-host.ts`, in unit tests a fake. */
import type { Primitives } from "@outlayer/attestation/pure"

export type PromiseId = number | bigint

export type Action =
  | { kind: "call"; method: string; args: string; gas: number }
  | { kind: "transfer"; amount: bigint }
  | {
      kind: "addKey"
      publicKey: Uint8Array
      allowance: bigint
      receiver: string
      methods: readonly string[]
    }
  | { kind: "deleteKey"; publicKey: Uint8Array }

export interface Host extends Primitives {
  /** "mainnet", "testnet", or that of a chain for tests. */
  chainId: () => string
  /** Who made this call: an account or a contract, never the signer behind it. */
  predecessor: () => string
  self: () => string
  deposit: () => bigint
  balance: () => bigint
  /** Bytes that this account holds, and stakes NEAR for. */
  storageUsage: () => bigint
  /** Nanoseconds. */
  blockTimestamp: () => bigint
  /** 32 bytes that nobody knew before this block. */
  randomSeed: () => Uint8Array

  read: (key: string) => string | undefined
  has: (key: string) => boolean
  write: (key: string, value: string) => void
  /** Returns what was there. */
  remove: (key: string) => string | undefined

  fromUtf8: (bytes: Uint8Array) => string
  ed25519Verify: (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean

  log: (line: string) => void
  /** A receipt for `to`, all of whose actions happen or none. `after`: the promise that it waits for. */
  send: (to: string, actions: readonly Action[], after?: PromiseId) => PromiseId
  /** This call's result is that promise's. */
  returnPromise: (promise: PromiseId) => void
  /** What the promise that called us back came to; undefined when it failed. */
  promiseResult: () => string | undefined
}
