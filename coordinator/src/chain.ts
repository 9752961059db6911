/** What the coordinator asks the chain: is this request real, and how late is it. */
import { ChainRequest } from "@outlayer/protocol"

export interface ChainReader {
  /** What the contract says, at a final block, of a request that nobody has settled. */
  getRequest(contractId: string, requestId: number): Promise<ChainRequest | undefined>
  finalHeight(): Promise<number>
  /** A parameter of the protocol: how many blocks a yield lives. */
  yieldTimeoutBlocks(): Promise<number>
}

/** The part of `@outlayer/near`'s chain that is needed here. */
interface Chain {
  view(contractId: string, method: string, args: object): Promise<unknown>
  finalBlock(): Promise<{ height: number }>
  yieldTimeoutBlocks(): Promise<number>
}

export function createChainReader(chain: Chain): ChainReader {
  return {
    async getRequest(contractId, requestId) {
      const found = await chain.view(contractId, "get_request", { request_id: requestId })
      return found === null ? undefined : ChainRequest.parse(found)
    },

    async finalHeight() {
      return (await chain.finalBlock()).height
    },

    yieldTimeoutBlocks: () => chain.yieldTimeoutBlocks(),
  }
}

export interface HeightTracker {
  /** Asks the chain. */
  read(): Promise<number>
  /** The last answer, while it is young enough to measure blocks with. */
  recent(): number | undefined
}

const RECENT_MS = 10_000

export function createHeightTracker(chain: ChainReader): HeightTracker {
  let last: { height: number; readAt: number } | undefined
  return {
    async read() {
      const height = await chain.finalHeight()
      last = { height, readAt: Date.now() }
      return height
    },
    recent() {
      return last && Date.now() - last.readAt < RECENT_MS ? last.height : undefined
    },
  }
}
