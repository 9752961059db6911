import type { LiveBlock } from "./block.ts"
import { digest, epochIds } from "./epoch.ts"
import { type Genesis, genesisState } from "./genesis.ts"

export function firstBlock(genesis: Genesis): LiveBlock {
  const { state, totalSupply } = genesisState(genesis)
  const { chain_id: chainId, genesis_time: time, genesis_height: height } = genesis
  const stateHash = digest("genesis", chainId, JSON.stringify(genesis.records))
  const nothing = { transactions: [], receipts: [], localReceipts: [], outgoing: [], delayed: [] }
  return {
    height,
    hash: digest(stateHash, time),
    prevHash: "00".repeat(32),
    prevHeight: 0,
    ordinal: 1,
    timestamp: BigInt(Date.parse(time)) * 1_000_000n,
    epochHeight: 1,
    ...epochIds(1),
    gasPrice: BigInt(genesis.min_gas_price),
    totalSupply,
    randomValue: digest("random", stateHash),
    stateHash,
    incoming: [],
    applied: { ...nothing, gasUsed: 0n, supplyBurnt: 0n },
    changes: state.changes,
    root: state.root,
  }
}
