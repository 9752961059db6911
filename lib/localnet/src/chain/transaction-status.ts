import { SYSTEM } from "../runtime/account-id.ts"
import type { ExecutedTransaction } from "../runtime/apply-block.ts"
import type { ExecutedReceipt, OutcomeStatus } from "../runtime/outcome.ts"
import type { Block } from "./block.ts"
import type { Chain } from "./chain.ts"

export type Progress =
  | "NONE"
  | "INCLUDED"
  | "EXECUTED_OPTIMISTIC"
  | "INCLUDED_FINAL"
  | "EXECUTED"
  | "FINAL"

export interface TransactionStatus {
  transaction: { block: Block; done: ExecutedTransaction }
  /** In the order of their making, depth first; those that still wait are not there. */
  receipts: { block: Block; done: ExecutedReceipt }[]
  /** Where the chain of returned receipts has led so far; undefined: to one that has not run. */
  result: OutcomeStatus | undefined
  progress: Progress
}

/** undefined: in no block. */
export function transactionStatus(chain: Chain, hash: string): TransactionStatus | undefined {
  const transaction = chain.history.transaction(hash)
  if (transaction === undefined) return undefined
  const walk: Walk = { receipts: [], results: new Map(), isWaiting: false }
  const { outcome } = transaction.done
  for (const id of outcome.receiptIds) visit(chain, id, walk)
  const result = lastResult(outcome.status, walk.results)
  const { height } = chain.finalBlock()
  const isIncludedFinal = transaction.block.height <= height
  const isDone = result !== undefined && !walk.isWaiting
  const isFinal = walk.receipts.every(({ block }) => block.height <= height) && !awaitsRefund(walk)
  const progress = progressOf(isDone, isIncludedFinal, isFinal)
  return { transaction, receipts: walk.receipts, result, progress }
}

/** What satisfies a wish, by nearcore's order of `wait_until`. */
export function isReached(progress: Progress, wanted: Progress): boolean {
  return SATISFIED_BY[wanted].includes(progress)
}

const EXECUTED: Progress[] = ["EXECUTED", "FINAL"]
const SATISFIED_BY: Record<Progress, Progress[]> = {
  NONE: ["NONE", "INCLUDED", "EXECUTED_OPTIMISTIC", "INCLUDED_FINAL", ...EXECUTED],
  INCLUDED: ["INCLUDED", "EXECUTED_OPTIMISTIC", "INCLUDED_FINAL", ...EXECUTED],
  EXECUTED_OPTIMISTIC: ["EXECUTED_OPTIMISTIC", ...EXECUTED],
  INCLUDED_FINAL: ["INCLUDED_FINAL", ...EXECUTED],
  EXECUTED,
  FINAL: ["FINAL"],
}

interface Walk {
  receipts: { block: Block; done: ExecutedReceipt }[]
  results: Map<string, OutcomeStatus>
  /** Something that is no refund has not run yet. */
  isWaiting: boolean
}

function visit(chain: Chain, id: string, walk: Walk): void {
  const found = chain.history.receipt(id)
  if (found === undefined) {
    walk.isWaiting ||= !isRefund(chain, id)
    return
  }
  const { receipt, outcome } = found.done
  walk.receipts.push(found)
  walk.results.set(receipt.id, outcome.status)
  for (const child of outcome.receiptIds) visit(chain, child, walk)
}

/** A receipt on its way is among those that the head sends. */
function isRefund(chain: Chain, id: string): boolean {
  const { outgoing, delayed } = chain.head.applied
  return [...outgoing, ...delayed].some((r) => r.id === id && r.predecessorId === SYSTEM)
}

function awaitsRefund({ receipts, results }: Walk): boolean {
  return receipts.some(({ done }) => done.outcome.receiptIds.some((id) => !results.has(id)))
}

function lastResult(
  start: OutcomeStatus,
  results: ReadonlyMap<string, OutcomeStatus>,
): OutcomeStatus | undefined {
  let status: OutcomeStatus | undefined = start
  while (status?.kind === "receipt") status = results.get(status.id)
  return status
}

function progressOf(isDone: boolean, isIncludedFinal: boolean, isFinal: boolean): Progress {
  if (!isIncludedFinal) return isDone ? "EXECUTED_OPTIMISTIC" : "INCLUDED"
  if (!isDone) return "INCLUDED_FINAL"
  return isFinal ? "FINAL" : "EXECUTED"
}
