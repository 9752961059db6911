import { z } from "zod"
import type { Chain } from "../chain/chain.ts"
import {
  isReached,
  type TransactionStatus,
  transactionStatus,
} from "../chain/transaction-status.ts"
import type { ActionReceipt, Receipt } from "../runtime/receipt.ts"
import { POSTPONED_RECEIPTS, YIELD_RECEIPTS } from "../state/state-key.ts"
import { State } from "../state/state.ts"
import { BorshError } from "../transaction/borsh-reader.ts"
import { decodeTransaction } from "../transaction/decode.ts"
import { base58OfHex, hashFromText } from "../transaction/public-key-text.ts"
import type { SignedTransaction } from "../transaction/signed-transaction.ts"
import type { Method, Node } from "./method.ts"
import { outcomeView, receiptView, statusView, transactionView } from "./receipt-views.ts"
import { handlerError, parseError, timeoutError } from "./rpc-failure.ts"
import { until } from "./until.ts"

/** As nearcore's `polling_config.polling_timeout`. */
const WAIT_MS = 10_000

const WaitUntil = z
  .enum(["NONE", "INCLUDED", "EXECUTED_OPTIMISTIC", "INCLUDED_FINAL", "EXECUTED", "FINAL"])
  .default("EXECUTED_OPTIMISTIC")
type WaitUntil = z.infer<typeof WaitUntil>

const Signed = z.union([
  z.object({ signed_tx_base64: z.base64(), wait_until: WaitUntil }),
  z.tuple([z.base64()]).transform(([signed_tx_base64]) => {
    return { signed_tx_base64, wait_until: "EXECUTED_OPTIMISTIC" as const }
  }),
])

const Lookup = z.union([
  Signed,
  z.object({ tx_hash: z.string(), sender_account_id: z.string().nullish(), wait_until: WaitUntil }),
  z.tuple([z.string(), z.string()]).transform(([tx_hash]) => {
    return { tx_hash, wait_until: "EXECUTED_OPTIMISTIC" as const }
  }),
])

export const sendTransaction: Method = async (node, params) => {
  const { signed_tx_base64: text, wait_until: wanted } = Signed.parse(params)
  const { hash } = submit(node.chain, text)
  if (wanted === "NONE") return { final_execution_status: "NONE" }
  return finalView(node.chain, hash, await waitFor(node, hash, wanted))
}

/** Answers when all has been done, which a waiting yield can put off beyond the time-out. */
export const broadcastCommit: Method = async (node, params) => {
  const { hash } = submit(node.chain, Signed.parse(params).signed_tx_base64)
  return finalView(node.chain, hash, await waitFor(node, hash, "EXECUTED_OPTIMISTIC"))
}

export const broadcastAsync: Method = ({ chain }, params) => {
  return base58OfHex(submit(chain, Signed.parse(params).signed_tx_base64).hash)
}

export const lookUpTransaction: Method = async (node, params) => {
  const { hash, status } = await lookUp(node, params)
  return finalView(node.chain, hash, status)
}

export const lookUpWithReceipts: Method = async (node, params) => {
  const { hash, status } = await lookUp(node, params)
  const receipts = status?.receipts.map(({ done }) => receiptView(done.receipt)) ?? []
  return { ...finalView(node.chain, hash, status), receipts }
}

export const receipt: Method = ({ chain }, params) => {
  const { receipt_id: id } = z.object({ receipt_id: z.string() }).parse(params)
  const hex = hashFromText(id)
  const done = hex === undefined ? undefined : chain.history.receipt(hex)?.done.receipt
  const found = done ?? waitingReceipts(chain).find((waiting) => waiting.id === hex)
  if (found !== undefined) return receiptView(found)
  throw handlerError(
    "UNKNOWN_RECEIPT",
    { receipt_id: id },
    `Receipt with id ${id} has never been observed on this node`,
  )
}

/** Under way, or in the state until their data comes. */
function waitingReceipts({ head }: Chain): Receipt[] {
  const state = new State(head.root)
  const stored = [...state.entries(POSTPONED_RECEIPTS), ...state.entries(YIELD_RECEIPTS)]
  const { outgoing, delayed } = head.applied
  return [...outgoing, ...delayed, ...stored.map(([, value]) => value as ActionReceipt)]
}

async function lookUp(node: Node, params: unknown) {
  const request = Lookup.parse(params)
  const { chain } = node
  const text = "tx_hash" in request ? request.tx_hash : undefined
  const hash =
    "tx_hash" in request ? hashFromText(request.tx_hash) : decode(request.signed_tx_base64).hash
  if (hash === undefined) throw parseError(`not a transaction hash: ${text}`)
  if (!chain.isKnown(hash)) {
    const id = base58OfHex(hash)
    const data = `Transaction ${id} doesn't exist`
    throw handlerError("UNKNOWN_TRANSACTION", { requested_transaction_hash: id }, data)
  }
  return { hash, status: await waitFor(node, hash, request.wait_until) }
}

function submit(chain: Chain, text: string): SignedTransaction {
  const transaction = decode(text)
  const refusal = chain.submit(transaction)
  if (refusal === undefined) return transaction
  const data = { TxExecutionError: { InvalidTxError: refusal.error } }
  throw handlerError("INVALID_TRANSACTION", {}, data)
}

function decode(text: string): SignedTransaction {
  try {
    return decodeTransaction(Buffer.from(text, "base64"))
  } catch (error) {
    if (!(error instanceof BorshError)) throw error
    throw parseError(`Failed to decode transaction: ${error.message}`)
  }
}

/** Throws the time-out of the RPC when it takes too long; undefined: NONE was wanted and no block has it yet. */
async function waitFor(
  node: Node,
  hash: string,
  wanted: WaitUntil,
): Promise<TransactionStatus | undefined> {
  let status: TransactionStatus | undefined
  const isThere = () => {
    status = transactionStatus(node.chain, hash)
    return status === undefined ? wanted === "NONE" : isReached(status.progress, wanted)
  }
  if (!(await until(node, isThere, WAIT_MS))) throw timeoutError()
  return status
}

function finalView(chain: Chain, hash: string, status: TransactionStatus | undefined) {
  if (status === undefined) {
    const waiting = chain.waitingTransaction(hash)
    const transaction = waiting && transactionView(waiting)
    return { final_execution_status: "NONE", status: "NotStarted", transaction }
  }
  const { transaction, receipts, result, progress } = status
  const { done, block } = transaction
  return {
    final_execution_status: progress,
    status: result === undefined ? "Started" : statusView(result),
    transaction: transactionView(done.transaction),
    transaction_outcome: outcomeView(done.outcome, block),
    receipts_outcome: receipts.map((r) => outcomeView(r.done.outcome, r.block)),
  }
}
