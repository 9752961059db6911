import { accessKeyRecord } from "../chain/records.ts"
import type { Block } from "../chain/block.ts"
import type { Action } from "../runtime/action.ts"
import type { Outcome, OutcomeStatus } from "../runtime/outcome.ts"
import type { Receipt } from "../runtime/receipt.ts"
import { base58OfHex, keyToText } from "../transaction/public-key-text.ts"
import type { SignedTransaction } from "../transaction/signed-transaction.ts"

export function transactionView(transaction: SignedTransaction) {
  return {
    signer_id: transaction.signerId,
    public_key: keyToText(transaction.publicKey),
    nonce: Number(transaction.nonce),
    receiver_id: transaction.receiverId,
    actions: transaction.actions.map(actionView),
    priority_fee: 0,
    signature: keyToText(transaction.signature),
    hash: base58OfHex(transaction.hash),
  }
}

export function receiptView(receipt: Receipt) {
  return {
    predecessor_id: receipt.predecessorId,
    receiver_id: receipt.receiverId,
    receipt_id: base58OfHex(receipt.id),
    receipt: receipt.kind === "action" ? { Action: actionReceiptView(receipt) } : dataView(receipt),
    priority: 0,
  }
}

export function outcomeView({ id, ...outcome }: Outcome, block: Block) {
  return {
    proof: [],
    block_hash: base58OfHex(block.hash),
    id: base58OfHex(id),
    outcome: {
      logs: outcome.logs,
      receipt_ids: outcome.receiptIds.map(base58OfHex),
      gas_burnt: Number(outcome.gasBurnt),
      tokens_burnt: String(outcome.tokensBurnt),
      executor_id: outcome.executorId,
      status: statusView(outcome.status),
      metadata: metadataView(outcome.profile),
    },
  }
}

export function statusView(status: OutcomeStatus) {
  switch (status.kind) {
    case "value":
      return { SuccessValue: base64(status.value) }
    case "receipt":
      return { SuccessReceiptId: base58OfHex(status.id) }
    case "failure":
      return { Failure: status.error }
  }
}

function metadataView(profile: Outcome["profile"]) {
  if (profile === undefined) return { version: 1, gas_profile: null }
  const entries = [...profile].filter(([, gas]) => gas > 0n)
  const gas_profile = entries.map(([name, gas]) => {
    const [cost_category, cost] = name.split(":")
    return { cost_category, cost, gas_used: String(gas) }
  })
  return { version: 3, gas_profile }
}

function actionReceiptView(receipt: Receipt & { kind: "action" }) {
  return {
    signer_id: receipt.signerId,
    signer_public_key: keyToText(receipt.signerPublicKey),
    gas_price: String(receipt.gasPrice),
    output_data_receivers: receipt.outputDataReceivers.map(({ dataId, receiverId }) => {
      return { data_id: base58OfHex(dataId), receiver_id: receiverId }
    }),
    input_data_ids: receipt.inputDataIds.map(base58OfHex),
    actions: receipt.actions.map(actionView),
    is_promise_yield: receipt.isYield,
    ...(receipt.refundTo === undefined ? {} : { refund_to: receipt.refundTo }),
  }
}

function dataView(receipt: Receipt & { kind: "data" }) {
  const data = receipt.data === null ? null : base64(receipt.data)
  const data_id = base58OfHex(receipt.dataId)
  return { Data: { data_id, data, is_promise_resume: receipt.isResume } }
}

function actionView(action: Action): unknown {
  switch (action.type) {
    case "create_account":
      return "CreateAccount"
    case "deploy_contract":
      return { DeployContract: { code: base64(action.code) } }
    case "function_call": {
      const { methodName, args, gas, deposit } = action
      const call = { method_name: methodName, args: base64(args), gas: Number(gas) }
      return { FunctionCall: { ...call, deposit: String(deposit) } }
    }
    case "transfer":
      return { Transfer: { deposit: String(action.deposit) } }
    case "stake":
      return { Stake: { stake: String(action.stake), public_key: keyToText(action.publicKey) } }
    case "add_key": {
      const access_key = accessKeyRecord(action.accessKey)
      return { AddKey: { public_key: keyToText(action.publicKey), access_key } }
    }
    case "delete_key":
      return { DeleteKey: { public_key: keyToText(action.publicKey) } }
    case "delete_account":
      return { DeleteAccount: { beneficiary_id: action.beneficiaryId } }
    case "delegate": {
      const delegate_action = {
        sender_id: action.senderId,
        receiver_id: action.receiverId,
        actions: action.actions.map(actionView),
        nonce: Number(action.nonce),
        max_block_height: Number(action.maxBlockHeight),
        public_key: keyToText(action.publicKey),
      }
      return { Delegate: { delegate_action, signature: keyToText(action.signature) } }
    }
  }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64")
