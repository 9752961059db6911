import type { FastifyInstance, FastifyReply } from "fastify"
import { z } from "zod"
import type { Block } from "../chain/block.ts"
import type { Node } from "../rpc/method.ts"
import { sendJson } from "../rpc/send-json.ts"
import { headerView } from "../rpc/block-views.ts"
import { until } from "../rpc/until.ts"
import { chunkView, shardView, streamerMessage } from "./streamer-message.ts"

/** How far beyond the tip a block is waited for, and how long. */
const NEAR_TIP_BLOCKS = 50
const HOLD_MS = 20_000

const Params = z.object({ height: z.coerce.number().int().nonnegative() })
const ShardParams = Params.extend({ shard: z.coerce.number().int() })

/** `block` is final, `block_opt` any. A height without a block is null. */
export function addNeardata(app: FastifyInstance, node: Node): void {
  const { chain } = node
  const finalHeight = () => chain.finalBlock().height
  const headHeight = () => chain.head.height

  app.get("/v0/block/:height", (request, reply) => {
    return sendBlock(request.params, reply, finalHeight, (block) => streamerMessage(chain, block))
  })
  app.get("/v0/block_opt/:height", (request, reply) => {
    return sendBlock(request.params, reply, headHeight, (block) => streamerMessage(chain, block))
  })
  app.get("/v0/block/:height/headers", (request, reply) => {
    return sendBlock(request.params, reply, finalHeight, (block) => headerView(chain, block))
  })
  app.get("/v0/block/:height/chunk/:shard", (request, reply) => {
    const { shard } = ShardParams.parse(request.params)
    return sendBlock(request.params, reply, finalHeight, (block) =>
      shard === 0 ? chunkView(chain, block) : null,
    )
  })
  app.get("/v0/block/:height/shard/:shard", (request, reply) => {
    const { shard } = ShardParams.parse(request.params)
    return sendBlock(request.params, reply, finalHeight, (block) =>
      shard === 0 ? shardView(chain, block) : null,
    )
  })
  app.get("/v0/last_block/final", (_request, reply) => reply.redirect(`/v0/block/${finalHeight()}`))
  app.get("/v0/last_block/optimistic", (_request, reply) => {
    return reply.redirect(`/v0/block_opt/${headHeight()}`)
  })
  app.get("/v0/first_block", (_request, reply) => {
    return reply.redirect(`/v0/block/${chain.history.firstHeight}`)
  })

  async function sendBlock(
    params: unknown,
    reply: FastifyReply,
    tip: () => number,
    view: (block: Block) => unknown,
  ): Promise<FastifyReply> {
    const parsed = Params.safeParse(params)
    if (!parsed.success) return sendJson(reply, 400, { error: "the height is not a number" })
    const { height } = parsed.data
    if (height > tip() && height <= tip() + NEAR_TIP_BLOCKS) {
      await until(node, () => tip() >= height, HOLD_MS)
    }
    if (height > tip()) {
      const error = `block ${height} is not there yet: the last one is ${tip()}`
      return sendJson(reply, 404, { error, type: "BLOCK_DOES_NOT_EXIST" })
    }
    const first = chain.history.firstHeight
    if (height < first) {
      // Not null: that would tell a watcher that the height was skipped.
      const error = `block ${height} is forgotten: the first one is ${first}`
      return sendJson(reply, 404, { error, type: "BLOCK_HEIGHT_TOO_LOW" })
    }
    const block = chain.history.block(height)
    return sendJson(reply, 200, block === undefined ? null : view(block))
  }
}
