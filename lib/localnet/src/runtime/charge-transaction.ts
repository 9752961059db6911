import { MIN_GAS_PURCHASE_PRICE, NONCES_PER_BLOCK, parameters } from "../parameters.ts"
import { accessKeyKey, accountKey } from "../state/state-key.ts"
import type { State } from "../state/state.ts"
import { isSigned } from "../transaction/signature.ts"
import { keyToText } from "../transaction/public-key-text.ts"
import type { SignedTransaction } from "../transaction/signed-transaction.ts"
import type { AccessKey } from "./account.ts"
import { isAccountId } from "./account-id.ts"
import { type Action, attachedGas, sum, totalDeposit } from "./action.ts"
import { executionFees, prepaidForDelegates, receiptFee, sendFees } from "./fees.ts"
import { missingForStorage } from "./storage-stake.ts"
import { actionsError } from "./validate-actions.ts"

export interface TransactionCost {
  gasBurnt: bigint
  /** Yocto for the gas that converting burns. */
  burnt: bigint
  /** At which the receipt's gas is bought. */
  receiptGasPrice: bigint
  total: bigint
}

/** An `InvalidTxError` as JSON. */
export type TransactionRefusal = { error: unknown }

function transactionCost(transaction: SignedTransaction, gasPrice: bigint): TransactionCost {
  const { signerId, receiverId, actions } = transaction
  const moment = signerId === receiverId ? "send_sir" : "send_not_sir"
  const gasBurnt = receiptFee(moment) + sendFees(actions, signerId, receiverId)
  const receiptGasPrice = gasPrice > MIN_GAS_PURCHASE_PRICE ? gasPrice : MIN_GAS_PURCHASE_PRICE
  const burnt = gasBurnt * gasPrice
  const bought = prepaidGas(actions, receiverId) * receiptGasPrice
  return { gasBurnt, burnt, receiptGasPrice, total: burnt + bought + totalDeposit(actions) }
}

/** All gas that is paid before a receipt runs. */
export function prepaidGas(actions: readonly Action[], receiverId: string): bigint {
  const delegates = prepaidForDelegates(actions)
  const attached = sum(actions.map(attachedGas))
  const execution = receiptFee("execution") + executionFees(actions, receiverId)
  return attached + execution + delegates.send + delegates.execution
}

/** What needs no state. */
export function transactionError(transaction: SignedTransaction): TransactionRefusal | undefined {
  const { hash, signature, publicKey, size, signerId, receiverId, actions } = transaction
  const limit = parameters.limits.max_transaction_size
  if (size > limit) return { error: { TransactionSizeExceeded: { size, limit } } }
  if (!isAccountId(signerId)) return { error: { InvalidSignerId: { signer_id: signerId } } }
  if (!isAccountId(receiverId)) return { error: { InvalidReceiverId: { receiver_id: receiverId } } }
  if (!isSigned(Buffer.from(hash, "hex"), signature, publicKey))
    return { error: "InvalidSignature" }
  const error = actionsError(actions)
  return error === undefined ? undefined : { error: { ActionsValidation: error } }
}

/** Takes cost, nonce and allowance, or says why not and takes nothing. In the order of nearcore's checks. */
export function chargeTransaction(
  state: State,
  transaction: SignedTransaction,
  block: { height: number; gasPrice: bigint },
): TransactionCost | TransactionRefusal {
  const { signerId, publicKey, nonce } = transaction
  const account = state.get(accountKey(signerId))
  if (account === undefined) return { error: { SignerDoesNotExist: { signer_id: signerId } } }
  const key = state.get(accessKeyKey(signerId, publicKey))
  if (key === undefined) {
    const facts = { account_id: signerId, public_key: keyToText(publicKey) }
    return { error: { InvalidAccessKeyError: { AccessKeyNotFound: facts } } }
  }
  if (nonce <= key.nonce) {
    return { error: { InvalidNonce: { tx_nonce: Number(nonce), ak_nonce: Number(key.nonce) } } }
  }
  const upper = BigInt(block.height) * NONCES_PER_BLOCK
  if (nonce >= upper) {
    return { error: { NonceTooLarge: { tx_nonce: Number(nonce), upper_bound: Number(upper) } } }
  }
  const cost = transactionCost(transaction, block.gasPrice)
  const { amount } = account
  if (amount < cost.total) {
    const facts = { signer_id: signerId, balance: String(amount), cost: String(cost.total) }
    return { error: { NotEnoughBalance: facts } }
  }
  const charged = chargedKey(key, transaction, cost.total)
  if ("error" in charged) return { error: { InvalidAccessKeyError: charged.error } }
  const left = { ...account, amount: amount - cost.total }
  const missing = missingForStorage(left)
  if (missing > 0n) {
    return { error: { LackBalanceForState: { signer_id: signerId, amount: String(missing) } } }
  }
  const refused = permissionError(key, transaction)
  if (refused !== undefined) return { error: { InvalidAccessKeyError: refused } }
  state.set(accessKeyKey(signerId, publicKey), { ...charged, nonce })
  state.set(accountKey(signerId), left)
  return cost
}

function chargedKey(key: AccessKey, { signerId, publicKey }: SignedTransaction, cost: bigint) {
  const { permission } = key
  if (permission.kind === "full_access" || permission.allowance === undefined) return key
  if (permission.allowance < cost) {
    const allowance = String(permission.allowance)
    const whose = { account_id: signerId, public_key: keyToText(publicKey) }
    return { error: { NotEnoughAllowance: { ...whose, allowance, cost: String(cost) } } }
  }
  return { ...key, permission: { ...permission, allowance: permission.allowance - cost } }
}

/** Whether a key may do this: for transactions and, by NEP-366, for delegate actions. */
export function permissionError(
  { permission }: AccessKey,
  { receiverId, actions }: { receiverId: string; actions: readonly Action[] },
): unknown {
  if (permission.kind === "full_access") return undefined
  const [action] = actions
  if (actions.length !== 1 || action?.type !== "function_call") return "RequiresFullAccess"
  if (action.deposit > 0n) return "DepositWithFunctionCall"
  if (permission.receiverId !== receiverId) {
    return { ReceiverMismatch: { tx_receiver: receiverId, ak_receiver: permission.receiverId } }
  }
  const { methodNames } = permission
  if (methodNames.length > 0 && !methodNames.includes(action.methodName)) {
    return { MethodNameMismatch: { method_name: action.methodName } }
  }
  return undefined
}
