import type { AppliedBlock } from "../runtime/apply-block.ts"
import type { Receipt } from "../runtime/receipt.ts"
import type { StateChange } from "../state/state.ts"
import type { Trie } from "../state/trie.ts"

/** A block with its only chunk, and what applying it did. Hashes are hex. */
export interface Block {
  height: number
  hash: string
  prevHash: string
  prevHeight: number
  /** Count of blocks, this one too. */
  ordinal: number
  /** Nanoseconds since 1970. */
  timestamp: bigint
  epochHeight: number
  epochId: string
  nextEpochId: string
  /** Yocto a gas, for the next block. */
  gasPrice: bigint
  totalSupply: bigint
  randomValue: string
  /** Stands for a state root: it names the history, it is no Merkle root. */
  stateHash: string
  /** Receipts of earlier blocks that it was to run. */
  incoming: readonly Receipt[]
  applied: AppliedBlock
  changes: readonly StateChange[]
}

/** With the state after it: only recent blocks have one. */
export interface LiveBlock extends Block {
  root: Trie
}

/** Of the transactions and receipts that it did. */
export function idsOf({ applied }: Block): string[] {
  return [...applied.transactions, ...applied.receipts].map(({ outcome }) => outcome.id)
}
