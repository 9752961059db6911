/**
 * What several endpoints say alike, each of its own last final block. For whatever a secret depends
 * on: one endpoint that lies could name a builder, a keystore or an owner's key of its own.
 */
import { OutlayerError } from "@outlayer/protocol"
import type { Chain } from "./chain.ts"

/** The reads that no single endpoint is believed for. */
export type Witnesses = Pick<Chain, "view" | "fullAccessKeys">

/** Methods throw `chain_unavailable` once no answer can be that of `quorum` endpoints any more. */
export function openWitnesses(chains: readonly Witnesses[], quorum: number): Witnesses {
  return {
    view: (contractId, method, args) => agree((chain) => chain.view(contractId, method, args)),
    fullAccessKeys: (accountId) =>
      agree(async (chain) => (await chain.fullAccessKeys(accountId)).toSorted()),
  }

  function agree<Answer>(ask: (chain: Witnesses) => Promise<Answer>): Promise<Answer> {
    const votes = new Map<string, number>()
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    let waiting = chains.length
    for (const chain of chains) {
      ask(chain)
        .then((answer) => {
          const text = JSON.stringify(answer)
          const count = (votes.get(text) ?? 0) + 1
          votes.set(text, count)
          if (count >= quorum) resolve(answer)
        })
        // Whatever went wrong, it is one vote less.
        .catch(() => {})
        .finally(() => {
          waiting -= 1
          if (Math.max(0, ...votes.values()) + waiting >= quorum) return
          const said = `${votes.size} different answers of ${chains.length} endpoints`
          reject(new OutlayerError("chain_unavailable", `No quorum of ${quorum}: ${said}`))
        })
    }
    return promise
  }
}
