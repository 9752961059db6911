/** The chain itself: near-sdk-js, and the host functions that it does not have. */
import {
  chainId,
  decodeBase64,
  decodeHex,
  decodeLatin1,
  decodeUtf8,
  ed25519Verify,
  encodeHex,
  encodeUtf8,
  p256Verify,
  sha256,
  sha384,
} from "@outlayer/toolchain/env"
import { near } from "near-sdk-js"
import type { Action, Host, PromiseId } from "./host.ts"

export const host: Host = {
  chainId,
  predecessor: near.predecessorAccountId,
  self: near.currentAccountId,
  deposit: near.attachedDeposit,
  balance: near.accountBalance,
  storageUsage: near.storageUsage,
  blockTimestamp: near.blockTimestamp,
  randomSeed: near.randomSeed,

  read: (key) => near.storageRead(key) ?? undefined,
  has: near.storageHasKey,
  write: (key, value) => {
    near.storageWrite(key, value)
  },
  remove: (key) => (near.storageRemove(key) ? near.storageGetEvicted() : undefined),

  sha256,
  sha384,
  keccak256: near.keccak256,
  p256Verify,
  ed25519Verify,
  utf8: encodeUtf8,
  fromUtf8: decodeUtf8,
  encodeHex,
  decodeHex,
  decodeBase64,
  latin1: decodeLatin1,

  log: near.log,
  send: (to, actions, after) => {
    const promise =
      after === undefined ? near.promiseBatchCreate(to) : near.promiseBatchThen(after, to)
    for (const action of actions) addAction(promise, action)
    return promise
  },
  returnPromise: near.promiseReturn,
  promiseResult: () => {
    try {
      return near.promiseResult(0)
    } catch {
      return undefined
    }
  },
}

function addAction(promise: PromiseId, action: Action): void {
  switch (action.kind) {
    case "call":
      near.promiseBatchActionFunctionCall(promise, action.method, action.args, 0, action.gas)
      return
    case "transfer":
      near.promiseBatchActionTransfer(promise, action.amount)
      return
    case "addKey":
      near.promiseBatchActionAddKeyWithFunctionCall(
        promise,
        action.publicKey,
        0,
        action.allowance,
        action.receiver,
        action.methods.join(","),
      )
      return
    case "deleteKey":
      near.promiseBatchActionDeleteKey(promise, action.publicKey)
  }
}
