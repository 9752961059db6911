import { NONCES_PER_BLOCK, RECORD_BYTES } from "../../parameters.ts"
import { accessKeyKey } from "../../state/state-key.ts"
import { keyToText } from "../../transaction/public-key-text.ts"
import { type AccessKey, type Account, accessKeySize } from "../account.ts"
import type { Action } from "../action.ts"
import type { ActionFailure, ReceiptRun } from "../receipt-run.ts"

export function addKey(
  run: ReceiptRun,
  account: Account,
  { publicKey, accessKey }: Action & { type: "add_key" },
): ActionFailure {
  const id = run.receipt.receiverId
  if (run.state.get(accessKeyKey(id, publicKey)) !== undefined) {
    return { AddKeyAlreadyExists: { account_id: id, public_key: keyToText(publicKey) } }
  }
  run.account = putKey(run, account, publicKey, accessKey)
  return undefined
}

export function deleteKey(
  run: ReceiptRun,
  account: Account,
  { publicKey }: Action & { type: "delete_key" },
): ActionFailure {
  const id = run.receipt.receiverId
  const accessKey = run.state.get(accessKeyKey(id, publicKey))
  if (accessKey === undefined) {
    return { DeleteKeyDoesNotExist: { account_id: id, public_key: keyToText(publicKey) } }
  }
  run.state.remove(accessKeyKey(id, publicKey))
  const freed = keyStorage(publicKey, accessKey)
  run.account = { ...account, storageUsage: account.storageUsage - freed }
  return undefined
}

/** The account with one more key; its nonce starts where no old transaction can reach (NEAR's rule since 2021). */
export function putKey(
  { state, block, receipt }: ReceiptRun,
  account: Account,
  publicKey: Uint8Array,
  { permission }: AccessKey,
): Account {
  const accessKey = { nonce: BigInt(block.height - 1) * NONCES_PER_BLOCK, permission }
  state.set(accessKeyKey(receipt.receiverId, publicKey), accessKey)
  return { ...account, storageUsage: account.storageUsage + keyStorage(publicKey, accessKey) }
}

function keyStorage(publicKey: Uint8Array, accessKey: AccessKey): bigint {
  return BigInt(publicKey.length) + accessKeySize(accessKey) + RECORD_BYTES
}
