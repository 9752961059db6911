import { z } from "zod"
import type { Block, LiveBlock } from "../chain/block.ts"
import type { Chain } from "../chain/chain.ts"
import { base58OfHex, hashFromText } from "../transaction/public-key-text.ts"
import { handlerError, parseError } from "./rpc-failure.ts"

const BlockId = z.union([z.number().int().nonnegative(), z.string()])

/** With none of them: the head, as `optimistic`. */
export const BlockReference = z.object({
  block_id: BlockId.nullish(),
  finality: z.enum(["optimistic", "near-final", "final"]).nullish(),
  sync_checkpoint: z.enum(["genesis", "earliest_available"]).nullish(),
})
export type BlockReference = z.infer<typeof BlockReference>

/** Throws RpcFailure; the state of the block may be gone. */
export function blockOf(chain: Chain, reference: BlockReference): Block {
  const { block_id: id, finality, sync_checkpoint: checkpoint } = reference
  if (id !== undefined && id !== null) return blockById(chain, id)
  if (checkpoint !== undefined && checkpoint !== null) {
    return blockById(chain, chain.history.firstHeight)
  }
  return finality === undefined || finality === null ? chain.head : finalityBlock(chain, finality)
}

/** Throws RpcFailure where the block is unknown or its state is gone. */
export function liveBlockOf(chain: Chain, reference: BlockReference): LiveBlock {
  const block = blockOf(chain, reference)
  const live = chain.history.live(block.hash)
  if (live !== undefined) return live
  const facts = { block_height: block.height, block_hash: base58OfHex(block.hash) }
  throw handlerError(
    "GARBAGE_COLLECTED_BLOCK",
    facts,
    "The data for the block is garbage collected",
  )
}

export function blockById(chain: Chain, id: number | string): Block {
  const key = typeof id === "number" ? id : hashFromText(id)
  if (key === undefined) throw parseError(`not a block id: ${id}`)
  const block = chain.history.block(key)
  if (block !== undefined) return block
  const isBelowHead = typeof id === "number" && id < chain.head.height
  const data =
    typeof id === "number"
      ? `DB Not Found Error: BLOCK HEIGHT: ${id} \n Cause: Unknown`
      : `DB Not Found Error: BLOCK HEADER: ${id}`
  throw handlerError("UNKNOWN_BLOCK", {}, data, isBelowHead ? 422 : 200)
}

function finalityBlock(chain: Chain, finality: "optimistic" | "near-final" | "final"): LiveBlock {
  if (finality === "optimistic") return chain.head
  const { finalityLag } = chain.options
  return chain.finalBlock(finality === "near-final" ? Math.min(1, finalityLag) : finalityLag)
}
