import { ACCOUNT_BYTES, MAX_DELETABLE_BYTES } from "../../parameters.ts"
import { accessKeyPrefix, accountKey, codeKey, dataPrefix } from "../../state/state-key.ts"
import { creationRefusal } from "../account-id.ts"
import type { Account } from "../account.ts"
import type { Action } from "../action.ts"
import type { ActionFailure, ReceiptRun } from "../receipt-run.ts"
import { refundReceipt } from "../refund.ts"

export function createAccount(run: ReceiptRun): ActionFailure {
  const { receiverId, predecessorId } = run.receipt
  const refusal = creationRefusal(receiverId, predecessorId)
  if (refusal !== undefined) return refusal
  run.actorId = receiverId
  run.account = { amount: 0n, locked: 0n, codeHash: undefined, storageUsage: ACCOUNT_BYTES }
  run.hasCreatedAccount = true
  return undefined
}

/** Keys, code and data go; a yield that waits stays, as in nearcore. */
export function deleteAccount(
  run: ReceiptRun,
  account: Account,
  { beneficiaryId }: Action & { type: "delete_account" },
): ActionFailure {
  const { state, receipt } = run
  const id = receipt.receiverId
  const codeBytes = BigInt(state.get(codeKey(id))?.length ?? 0)
  if (account.storageUsage - codeBytes > MAX_DELETABLE_BYTES) {
    return { DeleteAccountWithLargeState: { account_id: id } }
  }
  if (account.amount > 0n) {
    run.newReceipts.push(refundReceipt(beneficiaryId, account.amount, undefined, receipt.txHash))
  }
  state.remove(accountKey(id))
  if (codeBytes > 0n) state.remove(codeKey(id))
  for (const prefix of [accessKeyPrefix(id), dataPrefix(id)]) {
    for (const [key] of state.entries(prefix)) state.remove(key)
  }
  run.actorId = receipt.predecessorId
  run.account = undefined
  return undefined
}
