import { isImplicit, SYSTEM } from "./account-id.ts"
import type { Account } from "./account.ts"
import type { Action } from "./action.ts"
import { createAccount, deleteAccount } from "./actions/account-actions.ts"
import { delegateActions } from "./actions/delegate.ts"
import { deployContract } from "./actions/deploy-contract.ts"
import { callFunction } from "./actions/function-call.ts"
import { addKey, deleteKey } from "./actions/key-actions.ts"
import { stakeTokens } from "./actions/stake.ts"
import { transfer } from "./actions/transfer.ts"
import { executionFee } from "./fees.ts"
import type { ActionFailure, ReceiptRun } from "./receipt-run.ts"

/** The fee is paid whether it works or not. */
export function applyAction(run: ReceiptRun, action: Action, index: number): ActionFailure {
  const fee = executionFee(action, run.receipt.receiverId)
  run.gasBurnt += fee
  run.gasUsed += fee
  run.returned = { kind: "none" }
  const { account } = run
  if (action.type === "create_account") return existingAccount(run) ?? createAccount(run)
  if (action.type === "transfer" && account === undefined && mayCreateByTransfer(run)) {
    return transfer(run, action)
  }
  if (account === undefined) return { AccountDoesNotExist: { account_id: run.receipt.receiverId } }
  return forbidden(run, account, action) ?? applyToAccount(run, account, action, index)
}

function applyToAccount(
  run: ReceiptRun,
  account: Account,
  action: Exclude<Action, { type: "create_account" }>,
  index: number,
): ActionFailure {
  switch (action.type) {
    case "transfer":
      return transfer(run, action)
    case "deploy_contract":
      return deployContract(run, account, action)
    case "function_call": {
      const isLast = index === run.receipt.actions.length - 1
      return callFunction(run, account, action, { index, isLast })
    }
    case "stake":
      return stakeTokens(run, account, action)
    case "add_key":
      return addKey(run, account, action)
    case "delete_key":
      return deleteKey(run, account, action)
    case "delete_account":
      return deleteAccount(run, account, action)
    case "delegate":
      return delegateActions(run, action)
  }
}

function existingAccount({ account, receipt }: ReceiptRun): ActionFailure {
  const facts = { account_id: receipt.receiverId }
  if (account !== undefined) return { AccountAlreadyExists: facts }
  return isImplicit(receipt.receiverId) ? { OnlyImplicitAccountCreationAllowed: facts } : undefined
}

/** Only alone: nobody may add a key to an implicit account in the transaction that makes it. */
function mayCreateByTransfer({ receipt }: ReceiptRun): boolean {
  const { actions, receiverId, predecessorId } = receipt
  return actions.length === 1 && isImplicit(receiverId) && predecessorId !== SYSTEM
}

/** What only the account itself may do to itself. */
function forbidden(run: ReceiptRun, account: Account, action: Action): ActionFailure {
  const account_id = run.receipt.receiverId
  switch (action.type) {
    case "delete_account":
      if (run.actorId === account_id && account.locked > 0n) {
        return { DeleteAccountStaking: { account_id } }
      }
      break
    case "deploy_contract":
    case "stake":
    case "add_key":
    case "delete_key":
      break
    case "create_account":
    case "transfer":
    case "function_call":
    case "delegate":
      return undefined
  }
  if (run.actorId === account_id) return undefined
  return { ActorNoPermission: { account_id, actor_id: run.actorId } }
}
