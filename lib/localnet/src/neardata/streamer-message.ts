import type { Block } from "../chain/block.ts"
import type { Chain } from "../chain/chain.ts"
import type { ExecutedReceipt } from "../runtime/outcome.ts"
import { author, blockView, chunkHeaderView } from "../rpc/block-views.ts"
import { outcomeView, receiptView, transactionView } from "../rpc/receipt-views.ts"
import { changeViews } from "../rpc/state-change-views.ts"
import { base58OfHex } from "../transaction/public-key-text.ts"

/** A block as FastNEAR's neardata serves it (https://github.com/fastnear/neardata-server). One shard, one chunk. */
export function streamerMessage(chain: Chain, block: Block) {
  return { block: blockView(chain, block), shards: [shardView(chain, block)] }
}

export function shardView(chain: Chain, block: Block) {
  const { receipts } = block.applied
  return {
    shard_id: 0,
    chunk: chunkView(chain, block),
    receipt_execution_outcomes: receipts.map((done) => receiptOutcomeView(done, block)),
    state_changes: changeViews(block.changes),
  }
}

export function chunkView(chain: Chain, block: Block) {
  const { transactions, localReceipts } = block.applied
  return {
    author: author(chain),
    header: chunkHeaderView(block),
    transactions: transactions.map(({ transaction, outcome }) => ({
      transaction: transactionView(transaction),
      outcome: { execution_outcome: outcomeView(outcome, block), receipt: null },
    })),
    receipts: [...localReceipts, ...block.incoming].map(receiptView),
  }
}

function receiptOutcomeView({ receipt, outcome }: ExecutedReceipt, block: Block) {
  return {
    execution_outcome: outcomeView(outcome, block),
    receipt: receiptView(receipt),
    tx_hash: base58OfHex(receipt.txHash),
  }
}
