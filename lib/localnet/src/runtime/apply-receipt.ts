import { ACCOUNT_CREATION_CHARGE, parameters } from "../parameters.ts"
import { accountKey, receivedDataKey } from "../state/state-key.ts"
import type { State } from "../state/state.ts"
import type { PromiseResult } from "../vm/vm.ts"
import { SYSTEM } from "./account-id.ts"
import { totalDeposit } from "./action.ts"
import { applyAction } from "./apply-action.ts"
import type { BlockContext } from "./block-context.ts"
import { prepaidGas } from "./charge-transaction.ts"
import { receiptFee } from "./fees.ts"
import { derivedId } from "./ids.ts"
import type { ExecutedReceipt, OutcomeStatus } from "./outcome.ts"
import type { ActionReceipt, Receipt } from "./receipt.ts"
import type { ActionFailure, NewReceipt, ReceiptRun } from "./receipt-run.ts"
import { refundReceipt } from "./refund.ts"
import { missingForStorage } from "./storage-stake.ts"

export interface AppliedReceipt {
  executed: ExecutedReceipt
  newReceipts: Receipt[]
  /** Yocto that are gone for good; may be negative where the protocol gave some. */
  supplyBurnt: bigint
  /** What counts towards the chunk's limit. */
  compute: bigint
}

/** All of its input data is there. Near.md 3: the first action that fails takes everything back but gas and logs. */
export function applyActionReceipt(
  state: State,
  receipt: ActionReceipt,
  block: BlockContext,
): AppliedReceipt {
  state.cause = { type: "receipt_processing", receipt_hash: receipt.id }
  const run = startRun(state, receipt, block)
  const mark = state.mark()
  const failure = applyActions(run)
  if (failure !== undefined) {
    state.reset(mark)
    run.newReceipts = []
    run.hasCreatedAccount = false
    run.subsidized = 0n
  }
  const money = settle(run, failure !== undefined)
  const supplyBurnt = money.supplyBurnt - rewardContract(run, money.burnPrice)
  answerWaiting(run, failure !== undefined)
  const newReceipts = run.newReceipts.map((made, index): Receipt => {
    return { ...made, id: derivedId(receipt.id, block.height, BigInt(index)) }
  })
  const outcome = {
    id: receipt.id,
    executorId: receipt.receiverId,
    logs: run.logs,
    receiptIds: newReceipts.flatMap(({ kind, id }) => (kind === "action" ? [id] : [])),
    gasBurnt: run.gasBurnt,
    tokensBurnt: money.tokensBurnt,
    status: statusOf(run, failure, newReceipts),
    profile: run.profile,
  }
  const compute = run.gasBurnt + run.extraCompute
  return { executed: { receipt, outcome }, newReceipts, supplyBurnt, compute }
}

function startRun(state: State, receipt: ActionReceipt, block: BlockContext): ReceiptRun {
  const gas = receiptFee("execution")
  return {
    state,
    block,
    receipt,
    promiseResults: takeInputs(state, receipt),
    account: state.get(accountKey(receipt.receiverId)),
    actorId: receipt.predecessorId,
    gasBurnt: gas,
    gasUsed: gas,
    gasBurntByCalls: 0n,
    extraCompute: 0n,
    logs: [],
    returned: { kind: "none" },
    newReceipts: [],
    hasCreatedAccount: false,
    subsidized: 0n,
    profile: new Map(),
  }
}

function takeInputs(state: State, { receiverId, inputDataIds }: ActionReceipt): PromiseResult[] {
  return inputDataIds.map((dataId) => {
    const key = receivedDataKey(receiverId, dataId)
    const received = state.get(key)
    if (received === undefined) throw new Error(`data ${dataId} of ${receiverId} is missing`)
    state.remove(key)
    const { data } = received
    return data === null ? { status: "failed" } : { status: "successful", data }
  })
}

/** An `ActionError` as JSON, or undefined. */
function applyActions(run: ReceiptRun): unknown {
  const { state, receipt } = run
  for (const [index, action] of receipt.actions.entries()) {
    const kind = applyAction(run, action, index)
    if (kind !== undefined) return { index, kind }
  }
  if (run.account === undefined) return undefined
  const missing = missingForStorage(run.account)
  if (missing > 0n) {
    const facts = { account_id: receipt.receiverId, amount: String(missing) }
    return { index: null, kind: { LackBalanceForState: facts } satisfies ActionFailure }
  }
  state.set(accountKey(receipt.receiverId), run.account)
  return undefined
}

/**
 * Refunds what was not used at the price it was bought for, and what buying it dearer than it burns has cost; making an
 * account costs `account_creation_charge` in all, as far as that difference goes. Refunds themselves are free.
 */
function settle(run: ReceiptRun, hasFailed: boolean) {
  const { receipt, block, gasBurnt } = run
  const { actions, gasPrice, receiverId, txHash } = receipt
  const deposit = totalDeposit(actions)
  if (receipt.predecessorId === SYSTEM) {
    return { tokensBurnt: 0n, supplyBurnt: hasFailed ? deposit : 0n, burnPrice: 0n }
  }
  const burnPrice = gasPrice < block.gasPrice ? gasPrice : block.gasPrice
  const surplus = gasBurnt * (gasPrice - burnPrice)
  const unused = prepaidGas(actions, receiverId) - (hasFailed ? gasBurnt : run.gasUsed)
  const charge = run.hasCreatedAccount ? creationCharge(gasBurnt * burnPrice, surplus) : 0n
  const gasRefund = unused * gasPrice + surplus - charge
  if (hasFailed && deposit > 0n) {
    const to = receipt.refundTo ?? receipt.predecessorId
    run.newReceipts.push(refundReceipt(to, deposit, undefined, txHash))
  }
  if (gasRefund > 0n) {
    const { signerId, signerPublicKey } = receipt
    run.newReceipts.push(refundReceipt(signerId, gasRefund, signerPublicKey, txHash))
  }
  const tokensBurnt = gasBurnt * burnPrice + charge
  return { tokensBurnt, supplyBurnt: tokensBurnt - run.subsidized, burnPrice }
}

function creationCharge(burnt: bigint, surplus: bigint): bigint {
  const missing = ACCOUNT_CREATION_CHARGE - burnt
  if (missing <= 0n) return 0n
  return missing < surplus ? missing : surplus
}

/** The contract's share of what its calls burnt. */
function rewardContract(
  { state, receipt, gasBurntByCalls }: ReceiptRun,
  burnPrice: bigint,
): bigint {
  const [share, of] = parameters.burnt_gas_reward
  const reward = ((gasBurntByCalls * BigInt(share ?? 0)) / BigInt(of ?? 1)) * burnPrice
  const account = state.get(accountKey(receipt.receiverId))
  if (reward === 0n || account === undefined) return 0n
  state.cause = { type: "action_receipt_gas_reward", receipt_hash: receipt.id }
  state.set(accountKey(receipt.receiverId), { ...account, amount: account.amount + reward })
  return reward
}

/** Who waits for this receipt gets its value, or is handed on to the receipt that it returned. */
function answerWaiting(run: ReceiptRun, hasFailed: boolean): void {
  const { receipt, returned, newReceipts } = run
  const { outputDataReceivers, receiverId, txHash } = receipt
  if (outputDataReceivers.length === 0) return
  if (!hasFailed && returned.kind === "receipt_index") {
    const next = newReceipts[returned.receiptIndex]
    if (next?.kind !== "action") throw new Error("the returned promise is no action receipt")
    const receivers = [...next.outputDataReceivers, ...outputDataReceivers]
    newReceipts[returned.receiptIndex] = { ...next, outputDataReceivers: receivers }
    return
  }
  const value = returned.kind === "value" ? returned.value : new Uint8Array()
  const data = hasFailed ? null : value
  for (const { dataId, receiverId: waiting } of outputDataReceivers) {
    const to = { predecessorId: receiverId, receiverId: waiting, dataId, data, txHash }
    newReceipts.push({ kind: "data", ...to, isResume: false } satisfies NewReceipt)
  }
}

function statusOf(
  run: ReceiptRun,
  failure: unknown,
  newReceipts: readonly Receipt[],
): OutcomeStatus {
  if (failure !== undefined) return { kind: "failure", error: { ActionError: failure } }
  const { returned } = run
  if (returned.kind === "receipt_index") {
    return { kind: "receipt", id: newReceipts[returned.receiptIndex]?.id ?? "" }
  }
  return { kind: "value", value: returned.kind === "value" ? returned.value : new Uint8Array() }
}
