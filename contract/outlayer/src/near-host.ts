/** The chain itself: near-sdk-js, and the host functions that it does not have. */
import { DATA_ID_REGISTER } from "@outlayer/protocol/pure"
import {
  decodeBase64,
  encodeBase64,
  encodeHex,
  promiseYieldCreate,
  promiseYieldResume,
} from "@outlayer/toolchain/env"
import { decode, encode, near } from "near-sdk-js"
import type { Host } from "./host.ts"

export const host: Host = {
  predecessor: near.predecessorAccountId,
  self: near.currentAccountId,
  signerKey: near.signerAccountPk,
  deposit: near.attachedDeposit,
  balance: near.accountBalance,
  storageUsage: near.storageUsage,
  blockHeight: () => Number(near.blockHeight()),
  blockTimestamp: near.blockTimestamp,

  read: (key) => near.storageRead(key) ?? undefined,
  has: near.storageHasKey,
  write: (key, value) => {
    near.storageWrite(key, value)
  },
  replace: (key, value) => (near.storageWrite(key, value) ? near.storageGetEvicted() : undefined),
  remove: (key) => (near.storageRemove(key) ? near.storageGetEvicted() : undefined),

  sha256: near.sha256,
  utf8: encode,
  fromUtf8: decode,
  hex: encodeHex,
  base64: encodeBase64,
  fromBase64: decodeBase64,

  log: near.log,
  usedGas: () => Number(near.usedGas()),
  returnBytes: near.valueReturnRaw,
  returnYield: (method, args, gas) => {
    const { promise, dataId } = promiseYieldCreate({
      method,
      args: encode(args),
      gas: BigInt(gas),
      // Gas that the callback will not need goes back at once.
      gasWeight: 0n,
      register: DATA_ID_REGISTER,
    })
    near.promiseReturn(promise)
    return dataId
  },
  resume: (dataId, payload) => promiseYieldResume(dataId, encode(payload)),
  promiseResult: () => {
    try {
      return near.promiseResult(0)
    } catch {
      return undefined
    }
  },
  transfer: (to, amount, { method, args, gas }) => {
    const promise = near.promiseBatchCreate(to)
    near.promiseBatchActionTransfer(promise, amount)
    near.promiseThen(promise, near.currentAccountId(), method, args, 0, gas)
  },
}
