import { NONCES_PER_BLOCK } from "../../parameters.ts"
import { accessKeyKey } from "../../state/state-key.ts"
import { keyToText } from "../../transaction/public-key-text.ts"
import { isSigned } from "../../transaction/signature.ts"
import type { SignedDelegate } from "../action.ts"
import { attachedGas, sum } from "../action.ts"
import { permissionError } from "../charge-transaction.ts"
import { executionFees, prepaidForDelegates, receiptFee } from "../fees.ts"
import type { ActionFailure, ReceiptRun } from "../receipt-run.ts"

/** NEP-366: sends the sender's actions on. The relayer has paid for all of it. */
export function delegateActions(run: ReceiptRun, action: SignedDelegate): ActionFailure {
  const { senderId, receiverId, actions } = action
  const failure = refusal(run, action)
  if (failure !== undefined) return failure
  const { send } = prepaidForDelegates([action])
  const attached = sum(actions.map(attachedGas))
  run.gasBurnt += send
  run.gasUsed += send + attached + receiptFee("execution") + executionFees(actions, receiverId)
  const { signerId, signerPublicKey, gasPrice, txHash } = run.receipt
  run.newReceipts.push({
    kind: "action",
    predecessorId: senderId,
    receiverId,
    signerId,
    signerPublicKey,
    gasPrice,
    refundTo: undefined,
    inputDataIds: [],
    outputDataReceivers: [],
    actions,
    isYield: false,
    yieldId: undefined,
    txHash,
  })
  return undefined
}

function refusal({ receipt, block, state }: ReceiptRun, action: SignedDelegate): ActionFailure {
  const { senderId, publicKey, nonce } = action
  if (!isSigned(action.hash, action.signature, publicKey)) return "DelegateActionInvalidSignature"
  if (action.maxBlockHeight < BigInt(block.height)) return "DelegateActionExpired"
  if (senderId !== receipt.receiverId) {
    const facts = { sender_id: senderId, receiver_id: receipt.receiverId }
    return { DelegateActionSenderDoesNotMatchTxReceiver: facts }
  }
  const key = accessKeyKey(senderId, publicKey)
  const accessKey = state.get(key)
  if (accessKey === undefined) {
    const facts = { account_id: senderId, public_key: keyToText(publicKey) }
    return { DelegateActionAccessKeyError: { AccessKeyNotFound: facts } }
  }
  if (nonce <= accessKey.nonce) {
    const facts = { delegate_nonce: Number(nonce), ak_nonce: Number(accessKey.nonce) }
    return { DelegateActionInvalidNonce: facts }
  }
  const upper = BigInt(block.height) * NONCES_PER_BLOCK
  if (nonce >= upper) {
    const facts = { delegate_nonce: Number(nonce), upper_bound: Number(upper) }
    return { DelegateActionNonceTooLarge: facts }
  }
  const error = permissionError(accessKey, action)
  if (error !== undefined) return { DelegateActionAccessKeyError: error }
  state.set(key, { ...accessKey, nonce })
  return undefined
}
