import { CHUNK_GAS_LIMIT } from "../parameters.ts"
import {
  yieldReceiptKey,
  yieldStatusKey,
  yieldTimeoutIndicesKey,
  yieldTimeoutKey,
} from "../state/state-key.ts"
import type { State } from "../state/state.ts"
import type { SignedTransaction } from "../transaction/signed-transaction.ts"
import type { AppliedReceipt } from "./apply-receipt.ts"
import type { BlockContext } from "./block-context.ts"
import { chargeTransaction } from "./charge-transaction.ts"
import { derivedId } from "./ids.ts"
import type { ExecutedReceipt, Outcome } from "./outcome.ts"
import { processReceipt } from "./process-receipt.ts"
import type { ActionReceipt, Receipt } from "./receipt.ts"

export interface ExecutedTransaction {
  transaction: SignedTransaction
  outcome: Outcome
}

export interface AppliedBlock {
  transactions: ExecutedTransaction[]
  receipts: ExecutedReceipt[]
  /** Receipts that this block ran in the same breath: of transactions to oneself. */
  localReceipts: ActionReceipt[]
  /** For the next block. */
  outgoing: Receipt[]
  /** What found no room. */
  delayed: Receipt[]
  gasUsed: bigint
  supplyBurnt: bigint
}

/** In nearcore's order: transactions, then local, delayed and incoming receipts, then yields that ran out of time. */
export function applyBlock(
  state: State,
  work: {
    transactions: readonly SignedTransaction[]
    delayed: readonly Receipt[]
    incoming: readonly Receipt[]
  },
  block: BlockContext,
): AppliedBlock {
  const applied: AppliedBlock = {
    transactions: [],
    receipts: [],
    localReceipts: [],
    outgoing: [],
    delayed: [],
    gasUsed: 0n,
    supplyBurnt: 0n,
  }
  for (const transaction of work.transactions) convert(state, transaction, block, applied)
  let compute = applied.gasUsed
  for (const receipt of [...applied.localReceipts, ...work.delayed, ...work.incoming]) {
    if (compute >= CHUNK_GAS_LIMIT) {
      applied.delayed.push(receipt)
      continue
    }
    const done = processReceipt(state, receipt, block)
    if (done === undefined) continue
    compute += done.compute
    adopt(state, done, applied)
  }
  expireYields(state, block, applied)
  return applied
}

function convert(
  state: State,
  transaction: SignedTransaction,
  block: BlockContext,
  applied: AppliedBlock,
): void {
  const { hash, signerId, receiverId, publicKey, actions } = transaction
  state.cause = { type: "transaction_processing", tx_hash: hash }
  const cost = chargeTransaction(state, transaction, block)
  const facts = { id: hash, executorId: signerId, logs: [], profile: undefined }
  if ("error" in cost) {
    const status = { kind: "failure", error: { InvalidTxError: cost.error } } as const
    const outcome = { ...facts, receiptIds: [], gasBurnt: 0n, tokensBurnt: 0n, status }
    applied.transactions.push({ transaction, outcome })
    return
  }
  const id = derivedId(hash, block.height, 0n)
  const receipt: ActionReceipt = {
    kind: "action",
    id,
    predecessorId: signerId,
    receiverId,
    signerId,
    signerPublicKey: publicKey,
    gasPrice: cost.receiptGasPrice,
    refundTo: undefined,
    inputDataIds: [],
    outputDataReceivers: [],
    actions,
    isYield: false,
    yieldId: undefined,
    txHash: hash,
  }
  if (signerId === receiverId) applied.localReceipts.push(receipt)
  else applied.outgoing.push(receipt)
  applied.gasUsed += cost.gasBurnt
  applied.supplyBurnt += cost.burnt
  const { gasBurnt, burnt: tokensBurnt } = cost
  const status = { kind: "receipt", id } as const
  const outcome = { ...facts, receiptIds: [id], gasBurnt, tokensBurnt, status }
  applied.transactions.push({ transaction, outcome })
}

function adopt(state: State, done: AppliedReceipt, applied: AppliedBlock): void {
  applied.receipts.push(done.executed)
  applied.gasUsed += done.executed.outcome.gasBurnt
  applied.supplyBurnt += done.supplyBurnt
  for (const receipt of done.newReceipts) {
    if (receipt.kind === "action" && receipt.isYield) storeYield(state, receipt)
    else applied.outgoing.push(receipt)
  }
}

/** An instant receipt: it waits in the state from the moment its maker is done. */
function storeYield(state: State, receipt: ActionReceipt): void {
  const [dataId] = receipt.inputDataIds
  if (dataId === undefined) throw new Error(`yield ${receipt.id} waits for nothing`)
  state.cause = { type: "receipt_processing", receipt_hash: receipt.id }
  state.set(yieldReceiptKey(receipt.receiverId, dataId), receipt)
}

/** The callback runs in the next block. */
function expireYields(state: State, block: BlockContext, applied: AppliedBlock): void {
  const indices = state.get(yieldTimeoutIndicesKey)
  if (indices === undefined) return
  let { first } = indices
  for (; first < indices.next; first++) {
    const timeout = state.get(yieldTimeoutKey(first))
    if (timeout === undefined || timeout.expiresAt > block.height) break
    const { accountId, dataId, txHash } = timeout
    state.remove(yieldTimeoutKey(first))
    if (state.get(yieldReceiptKey(accountId, dataId)) === undefined) continue
    if (state.get(yieldStatusKey(accountId, dataId)) === "resume_initiated") continue
    const id = derivedId(dataId, block.height, BigInt(first - indices.first))
    const to = { predecessorId: accountId, receiverId: accountId, dataId, data: null, txHash }
    applied.outgoing.push({ kind: "data", id, ...to, isResume: true })
  }
  if (first !== indices.first) state.set(yieldTimeoutIndicesKey, { ...indices, first })
}
