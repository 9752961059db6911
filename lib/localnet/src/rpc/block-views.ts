import type { Block } from "../chain/block.ts"
import type { Chain } from "../chain/chain.ts"
import { digest } from "../chain/epoch.ts"
import { CHUNK_GAS_LIMIT, PROTOCOL_VERSION } from "../parameters.ts"
import { base58OfHex } from "../transaction/public-key-text.ts"

/** What nobody signs or proves here: 32 zero bytes, and a signature of zeros. */
const NO_HASH = base58OfHex("00".repeat(32))
const NO_SIGNATURE = `ed25519:${base58OfHex("00".repeat(64))}`

export function blockView(chain: Chain, block: Block) {
  return {
    author: author(chain),
    header: headerView(chain, block),
    chunks: [chunkHeaderView(block)],
  }
}

export function author(chain: Chain): string {
  return chain.options.genesis.validators[0]?.account_id ?? "test.near"
}

export function headerView(chain: Chain, block: Block) {
  const final = finalBefore(chain, block)
  return {
    height: block.height,
    prev_height: block.prevHeight,
    epoch_id: base58OfHex(block.epochId),
    next_epoch_id: base58OfHex(block.nextEpochId),
    hash: base58OfHex(block.hash),
    prev_hash: base58OfHex(block.prevHash),
    prev_state_root: base58OfHex(block.stateHash),
    block_body_hash: base58OfHex(digest("body", block.hash)),
    chunk_receipts_root: NO_HASH,
    chunk_headers_root: NO_HASH,
    chunk_tx_root: NO_HASH,
    outcome_root: NO_HASH,
    chunks_included: 1,
    challenges_root: NO_HASH,
    timestamp: exactNumber(block.timestamp),
    timestamp_nanosec: String(block.timestamp),
    random_value: base58OfHex(block.randomValue),
    validator_proposals: [],
    chunk_mask: [true],
    gas_price: String(block.gasPrice),
    block_ordinal: block.ordinal,
    rent_paid: "0",
    validator_reward: "0",
    total_supply: String(block.totalSupply),
    challenges_result: [],
    last_final_block: base58OfHex(final),
    last_ds_final_block: base58OfHex(final),
    next_bp_hash: NO_HASH,
    block_merkle_root: NO_HASH,
    epoch_sync_data_hash: null,
    approvals: [],
    signature: NO_SIGNATURE,
    latest_protocol_version: PROTOCOL_VERSION,
    chunk_endorsements: null,
  }
}

export function chunkHeaderView(block: Block) {
  const { applied, height } = block
  return {
    chunk_hash: base58OfHex(chunkHash(block)),
    prev_block_hash: base58OfHex(block.prevHash),
    outcome_root: NO_HASH,
    prev_state_root: base58OfHex(block.stateHash),
    encoded_merkle_root: NO_HASH,
    encoded_length: 8,
    height_created: height,
    height_included: height,
    shard_id: 0,
    gas_used: Number(applied.gasUsed),
    gas_limit: Number(CHUNK_GAS_LIMIT),
    rent_paid: "0",
    validator_reward: "0",
    balance_burnt: String(applied.supplyBurnt),
    outgoing_receipts_root: NO_HASH,
    tx_root: NO_HASH,
    validator_proposals: [],
    congestion_info: {
      delayed_receipts_gas: "0",
      buffered_receipts_gas: "0",
      receipt_bytes: 0,
      allowed_shard: 0,
    },
    bandwidth_requests: null,
    signature: NO_SIGNATURE,
  }
}

export function chunkHash(block: Block): string {
  return digest("chunk", block.hash)
}

/** RFC 3339 with nanoseconds. */
export function timeText(timestamp: bigint): string {
  const seconds = new Date(Number(timestamp / 1_000_000_000n) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${String(timestamp % 1_000_000_000n).padStart(9, "0")}Z`
}

function finalBefore(chain: Chain, block: Block): string {
  let { prevHash } = block
  for (let step = 1; step < chain.options.finalityLag; step++) {
    prevHash = chain.history.live(prevHash)?.prevHash ?? prevHash
  }
  return prevHash
}

/** u64 beyond 2^53 as a JSON number with all its digits, as nearcore writes it. */
function exactNumber(value: bigint): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown }
  return rawJSON(String(value))
}
