import type { AddressInfo } from "node:net"
import type { FastifyBaseLogger } from "fastify"
import { Chain } from "../chain/chain.ts"
import type { ChainStore } from "../chain/chain-store.ts"
import type { Genesis } from "../chain/genesis.ts"
import { Producer } from "../chain/producer.ts"
import { buildApp } from "../rpc/build-app.ts"
import type { Node } from "../rpc/method.ts"

export interface NodeOptions {
  genesis: Genesis
  /** Absent: in memory only. Closed with the node. */
  store: ChainStore | undefined
  host: string
  /** 0: any that is free. */
  port: number
  blockMs: number
  instant: boolean
  yieldTimeoutBlocks: number
  nodePublicKey: string
  log: FastifyBaseLogger
  onFault: (error: unknown) => void
}

export interface RunningNode extends AsyncDisposable {
  url: string
  chain: Chain
}

/** NEAR's own is final two blocks later; an instant block at once. */
const FINALITY_LAG = 2

export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { genesis, store, blockMs, instant, yieldTimeoutBlocks, nodePublicKey, log } = options
  const finalityLag = instant ? 0 : FINALITY_LAG
  const chain = new Chain({ genesis, yieldTimeoutBlocks, finalityLag, now: Date.now }, store)
  const closing = new AbortController()
  const node: Node = {
    chain,
    genesis,
    blockMs,
    startedAt: new Date(),
    nodePublicKey,
    rpcAddress: `${options.host}:${options.port}`,
    closing: closing.signal,
  }
  const app = buildApp(node, log)
  await app.listen({ host: options.host, port: options.port })
  const { address, port } = app.server.address() as AddressInfo
  node.rpcAddress = `${address}:${port}`
  const producer = new Producer(chain, { blockMs, instant, onFault: options.onFault })
  return {
    url: `http://${address}:${port}`,
    chain,
    [Symbol.asyncDispose]: async () => {
      producer[Symbol.dispose]()
      closing.abort()
      await app.close()
      store?.close()
    },
  }
}
