import {
  pendingDataCountKey,
  postponedReceiptIdKey,
  postponedReceiptKey,
  receivedDataKey,
  yieldIdKey,
  yieldReceiptKey,
  yieldStatusKey,
} from "../state/state-key.ts"
import type { State } from "../state/state.ts"
import { type AppliedReceipt, applyActionReceipt } from "./apply-receipt.ts"
import type { BlockContext } from "./block-context.ts"
import type { ActionReceipt, DataReceipt, Receipt } from "./receipt.ts"

/** A receipt has arrived: runs it, or what waited for it, or nothing yet. */
export function processReceipt(
  state: State,
  receipt: Receipt,
  block: BlockContext,
): AppliedReceipt | undefined {
  state.cause = { type: "receipt_processing", receipt_hash: receipt.id }
  const ready = receipt.kind === "action" ? postpone(state, receipt) : accept(state, receipt)
  return ready && applyActionReceipt(state, ready, block)
}

/** The receipt itself if all of its data is there. */
function postpone(state: State, receipt: ActionReceipt): ActionReceipt | undefined {
  const { receiverId, id } = receipt
  const missing = receipt.inputDataIds.filter(
    (dataId) => state.get(receivedDataKey(receiverId, dataId)) === undefined,
  )
  if (missing.length === 0) return receipt
  for (const dataId of missing) state.set(postponedReceiptIdKey(receiverId, dataId), id)
  state.set(pendingDataCountKey(receiverId, id), missing.length)
  state.set(postponedReceiptKey(receiverId, id), receipt)
  return undefined
}

function accept(state: State, receipt: DataReceipt): ActionReceipt | undefined {
  return receipt.isResume ? wakeYield(state, receipt) : acceptData(state, receipt)
}

function acceptData(
  state: State,
  { receiverId, dataId, data }: DataReceipt,
): ActionReceipt | undefined {
  state.set(receivedDataKey(receiverId, dataId), { data })
  const waitingId = state.get(postponedReceiptIdKey(receiverId, dataId))
  if (waitingId === undefined) return undefined
  state.remove(postponedReceiptIdKey(receiverId, dataId))
  const count = state.get(pendingDataCountKey(receiverId, waitingId)) ?? 0
  if (count > 1) {
    state.set(pendingDataCountKey(receiverId, waitingId), count - 1)
    return undefined
  }
  const waiting = state.get(postponedReceiptKey(receiverId, waitingId))
  state.remove(pendingDataCountKey(receiverId, waitingId))
  state.remove(postponedReceiptKey(receiverId, waitingId))
  return waiting
}

/** As in nearcore: the first answer counts, and a timeout comes too late once a resume is on its way. */
function wakeYield(
  state: State,
  { receiverId, dataId, data }: DataReceipt,
): ActionReceipt | undefined {
  const status = state.get(yieldStatusKey(receiverId, dataId))
  if (data === null && status === "resume_initiated") return undefined
  const waiting = state.get(yieldReceiptKey(receiverId, dataId))
  if (waiting === undefined) return undefined
  state.remove(yieldReceiptKey(receiverId, dataId))
  state.remove(yieldStatusKey(receiverId, dataId))
  if (waiting.yieldId !== undefined) state.remove(yieldIdKey(receiverId, waiting.yieldId))
  state.set(receivedDataKey(receiverId, dataId), { data })
  return waiting
}
