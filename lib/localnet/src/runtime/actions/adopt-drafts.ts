import { PROTOCOL_VERSION } from "../../parameters.ts"
import {
  yieldIdKey,
  yieldStatusKey,
  yieldTimeoutIndicesKey,
  yieldTimeoutKey,
} from "../../state/state-key.ts"
import type { CallOutcome, DraftAction, ReceiptDraft } from "../../vm/vm.ts"
import type { PlainAction } from "../action.ts"
import type { ActionFailure, ReceiptRun } from "../receipt-run.ts"
import { actionsError } from "../validate-actions.ts"

/** Makes receipts of what a call left behind; its result then counts receipts of the whole run. */
export function adoptDrafts(run: ReceiptRun, outcome: CallOutcome): ActionFailure {
  const { returned } = outcome
  run.returned =
    returned.kind === "receipt_index"
      ? { ...returned, receiptIndex: returned.receiptIndex + run.newReceipts.length }
      : returned
  for (const draft of outcome.receipts) {
    const failure = adoptDraft(run, draft)
    if (failure !== undefined) return failure
  }
  for (const { dataId, payload } of outcome.resumes) adoptResume(run, hex(dataId), payload)
  return undefined
}

function adoptDraft(run: ReceiptRun, draft: ReceiptDraft): ActionFailure {
  const { receipt } = run
  const actions: PlainAction[] = []
  for (const action of draft.actions) {
    const plain = plainAction(action)
    if (plain === undefined) return unsupported(action.type)
    actions.push(plain)
  }
  const error = actionsError(actions)
  if (error !== undefined) return { NewReceiptValidationError: { ActionsValidation: error } }
  const [dataId] = draft.inputDataIds
  const yieldId = draft.yieldId === undefined ? undefined : hex(draft.yieldId)
  if (draft.isPromiseYield && dataId !== undefined) startYield(run, hex(dataId), yieldId)
  run.newReceipts.push({
    kind: "action",
    predecessorId: receipt.receiverId,
    receiverId: draft.receiverId,
    signerId: receipt.signerId,
    signerPublicKey: receipt.signerPublicKey,
    gasPrice: receipt.gasPrice,
    refundTo: draft.refundTo,
    inputDataIds: draft.inputDataIds.map(hex),
    outputDataReceivers: draft.outputDataReceivers.map((to) => ({ ...to, dataId: hex(to.dataId) })),
    actions,
    isYield: draft.isPromiseYield,
    yieldId,
    txHash: receipt.txHash,
  })
  return undefined
}

/** As in nearcore. The receipt itself is stored right after the one that made it. */
function startYield({ state, block, receipt }: ReceiptRun, dataId: string, yieldId?: string): void {
  const accountId = receipt.receiverId
  state.set(yieldStatusKey(accountId, dataId), "yielded")
  if (yieldId !== undefined) state.set(yieldIdKey(accountId, yieldId), dataId)
  const { first, next } = state.get(yieldTimeoutIndicesKey) ?? { first: 0, next: 0 }
  const expiresAt = block.height + block.yieldTimeoutBlocks
  state.set(yieldTimeoutKey(next), { accountId, dataId, expiresAt, txHash: receipt.txHash })
  state.set(yieldTimeoutIndicesKey, { first, next: next + 1 })
}

function adoptResume(
  { state, receipt, newReceipts }: ReceiptRun,
  dataId: string,
  data: Uint8Array,
) {
  const accountId = receipt.receiverId
  state.set(yieldStatusKey(accountId, dataId), "resume_initiated")
  newReceipts.push({
    kind: "data",
    predecessorId: accountId,
    receiverId: accountId,
    dataId,
    data,
    isResume: true,
    txHash: receipt.txHash,
  })
}

function plainAction(action: DraftAction): PlainAction | undefined {
  switch (action.type) {
    case "create_account":
    case "deploy_contract":
    case "transfer":
    case "stake":
    case "delete_key":
    case "delete_account":
      return action
    case "function_call": {
      const { type, methodName, args, gas, deposit } = action
      return { type, methodName, args, gas, deposit }
    }
    case "add_key": {
      const { type, publicKey, nonce, permission } = action
      return { type, publicKey, accessKey: { nonce, permission } }
    }
    case "add_gas_key":
    case "transfer_to_gas_key":
    case "deploy_global_contract":
    case "use_global_contract":
    case "deterministic_state_init":
      return undefined
  }
}

function unsupported(action: string): ActionFailure {
  const facts = { protocol_feature: action, version: PROTOCOL_VERSION }
  const error = { UnsupportedProtocolFeature: facts }
  return { NewReceiptValidationError: { ActionsValidation: error } }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
