import { z } from "zod"
import type { Block } from "../chain/block.ts"
import type { Chain } from "../chain/chain.ts"
import { PROTOCOL_VERSION } from "../parameters.ts"
import { base58OfHex } from "../transaction/public-key-text.ts"
import { author, blockView, chunkHash, chunkHeaderView, timeText } from "./block-views.ts"
import { blockById, blockOf, BlockReference } from "./block-reference.ts"
import type { Method } from "./method.ts"
import { receiptView, transactionView } from "./receipt-views.ts"
import { handlerError } from "./rpc-failure.ts"

const BlockId = z.union([z.number(), z.string()])
const Reference = z.union([
  z.tuple([BlockId]).transform(([block_id]) => ({ block_id })),
  BlockReference,
])

export const block: Method = ({ chain }, params) =>
  blockView(chain, blockOf(chain, Reference.parse(params)))

const ChunkRequest = z.union([
  z.tuple([z.union([z.string(), z.tuple([BlockId, z.number()])])]).transform(([id]) => {
    if (typeof id === "string") return { chunk_id: id }
    return { block_id: id[0], shard_id: id[1] }
  }),
  z.object({ chunk_id: z.string() }),
  z.object({ block_id: BlockId, shard_id: z.number() }),
])

/** Its receipts are those that the chunk before it has sent, as nearcore has it: outcomes are elsewhere. */
export const chunk: Method = ({ chain }, params) => {
  const found = chunkBlock(chain, ChunkRequest.parse(params))
  const { applied, incoming } = found
  return {
    author: author(chain),
    header: chunkHeaderView(found),
    transactions: applied.transactions.map((done) => transactionView(done.transaction)),
    receipts: incoming.map(receiptView),
  }
}

function chunkBlock(chain: Chain, request: z.infer<typeof ChunkRequest>): Block {
  if ("chunk_id" in request) return blockOfChunk(chain, request.chunk_id)
  const { block_id, shard_id } = request
  if (shard_id !== 0) {
    throw handlerError("INVALID_SHARD_ID", { shard_id }, `Shard id ${shard_id} does not exist`)
  }
  return blockById(chain, block_id)
}

/** Looked for among recent blocks, newest first. */
function blockOfChunk(chain: Chain, text: string): Block {
  let found: Block | undefined = chain.head
  while (found !== undefined && base58OfHex(chunkHash(found)) !== text) {
    found = chain.history.live(found.prevHash)
  }
  if (found !== undefined) return found
  throw handlerError(
    "UNKNOWN_CHUNK",
    { chunk_hash: text },
    `Chunk Missing (unavailable on the node): ${text}`,
  )
}

export const gasPrice: Method = ({ chain }, params) => {
  const id = z
    .union([
      z.tuple([BlockId.nullable()]).transform(([block_id]) => block_id),
      z.object({ block_id: BlockId.nullish() }).transform(({ block_id }) => block_id),
      z.array(z.never()).transform(() => null),
      z.null().or(z.undefined()),
    ])
    .parse(params)
  const priced = id === null || id === undefined ? chain.head : blockById(chain, id)
  return { gas_price: String(priced.gasPrice) }
}

export const status: Method = ({ chain, genesis, nodePublicKey, rpcAddress, startedAt }) => {
  const { head, history } = chain
  const first = blockById(chain, history.firstHeight)
  const validator = genesis.validators[0]
  return {
    version: { version: "2.13.4", build: "localnet", commit: "localnet", rustc_version: "none" },
    chain_id: genesis.chain_id,
    protocol_version: PROTOCOL_VERSION,
    latest_protocol_version: PROTOCOL_VERSION,
    rpc_addr: rpcAddress,
    validators: genesis.validators.map(({ account_id }) => ({ account_id })),
    sync_info: {
      latest_block_hash: base58OfHex(head.hash),
      latest_block_height: head.height,
      latest_state_root: base58OfHex(head.stateHash),
      latest_block_time: timeText(head.timestamp),
      syncing: false,
      earliest_block_hash: base58OfHex(first.hash),
      earliest_block_height: first.height,
      earliest_block_time: timeText(first.timestamp),
      epoch_id: base58OfHex(head.epochId),
      epoch_start_height: epochStart(chain),
    },
    validator_account_id: validator?.account_id ?? null,
    validator_public_key: validator?.public_key ?? null,
    node_public_key: nodePublicKey,
    node_key: null,
    uptime_sec: Math.floor((Date.now() - startedAt.getTime()) / 1000),
    genesis_hash: base58OfHex(first.hash),
    detailed_debug_status: null,
  }
}

export const health: Method = () => null

export const networkInfo: Method = () => ({
  active_peers: [],
  num_active_peers: 0,
  peer_max_count: 0,
  sent_bytes_per_sec: 0,
  received_bytes_per_sec: 0,
  known_producers: [],
})

/** Nobody is elected: those of the genesis stay. */
export const validators: Method = ({ chain, genesis }) => {
  const produced = chain.head.ordinal
  const current = genesis.validators.map(({ account_id, public_key, amount }) => ({
    account_id,
    public_key,
    stake: amount,
    is_slashed: false,
    shards: [0],
    num_produced_blocks: produced,
    num_expected_blocks: produced,
    num_produced_chunks: produced,
    num_expected_chunks: produced,
    num_produced_chunks_per_shard: [produced],
    num_expected_chunks_per_shard: [produced],
    num_produced_endorsements: 0,
    num_expected_endorsements: 0,
    num_produced_endorsements_per_shard: [0],
    num_expected_endorsements_per_shard: [0],
    shards_endorsed: [0],
  }))
  const next = genesis.validators.map(({ account_id, public_key, amount }) => {
    return { account_id, public_key, stake: amount, shards: [0] }
  })
  return {
    current_validators: current,
    next_validators: next,
    current_fishermen: [],
    next_fishermen: [],
    current_proposals: [],
    prev_epoch_kickout: [],
    epoch_start_height: epochStart(chain),
    epoch_height: chain.head.epochHeight,
  }
}

function epochStart({ head, options }: Chain): number {
  const { genesis_height: first, epoch_length: length } = options.genesis
  return first + (head.epochHeight - 1) * length
}
