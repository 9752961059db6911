import { ACCOUNT_BYTES } from "../../parameters.ts"
import { accessKeyKey } from "../../state/state-key.ts"
import { isNearImplicit, SYSTEM } from "../account-id.ts"
import type { Account } from "../account.ts"
import type { Action } from "../action.ts"
import type { ReceiptRun } from "../receipt-run.ts"
import { putKey } from "./key-actions.ts"

/** Creates the receiver where it is implicit: an ed25519 one gets its key; NEAR gives others a contract, we do not. */
export function transfer(run: ReceiptRun, { deposit }: Action & { type: "transfer" }): undefined {
  const account = run.account ?? createImplicit(run)
  run.account = { ...account, amount: account.amount + deposit }
  const { predecessorId, signerId, receiverId } = run.receipt
  if (predecessorId === SYSTEM && signerId === receiverId) returnAllowance(run, deposit)
}

function createImplicit(run: ReceiptRun): Account {
  const id = run.receipt.receiverId
  const account = { amount: 0n, locked: 0n, codeHash: undefined, storageUsage: ACCOUNT_BYTES }
  run.hasCreatedAccount = true
  if (!isNearImplicit(id)) return account
  const publicKey = Buffer.concat([new Uint8Array(1), Buffer.from(id, "hex")])
  return putKey(run, account, publicKey, { nonce: 0n, permission: { kind: "full_access" } })
}

function returnAllowance({ state, receipt }: ReceiptRun, deposit: bigint): void {
  const key = accessKeyKey(receipt.receiverId, receipt.signerPublicKey)
  const accessKey = state.get(key)
  if (accessKey?.permission.kind !== "function_call") return
  const { permission } = accessKey
  if (permission.allowance === undefined) return
  state.set(key, {
    ...accessKey,
    permission: { ...permission, allowance: permission.allowance + deposit },
  })
}
