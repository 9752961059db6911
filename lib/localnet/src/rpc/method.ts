import type { Chain } from "../chain/chain.ts"
import type { Genesis } from "../chain/genesis.ts"

/** The node behind the RPC. */
export interface Node {
  chain: Chain
  genesis: Genesis
  /** Usual time between blocks. */
  blockMs: number
  startedAt: Date
  nodePublicKey: string
  rpcAddress: string
  /** Whoever waits for a block waits no longer. */
  closing: AbortSignal
}

/** Throws RpcFailure, or a ZodError where the parameters are wrong. */
export type Method = (node: Node, params: unknown) => unknown
