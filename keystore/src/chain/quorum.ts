/** No endpoint is believed: an answer counts once so many of them give the very same one. */
import { OutlayerError } from "@outlayer/protocol"
import type { Endpoint } from "./endpoint.ts"

export interface QuorumOptions {
  endpoints: readonly Endpoint[]
  quorum: number
  timeoutMs: number
}

/**
 * Resolves with the first answer that `quorum` endpoints agree on, without waiting for the others.
 * Throws `chain_unavailable` once no answer can get there any more.
 */
export async function askQuorum(
  { endpoints, quorum, timeoutMs }: QuorumOptions,
  ask: (endpoint: Endpoint, signal: AbortSignal) => Promise<string>,
): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs)
  const votes = new Map<string, number>()
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let waiting = endpoints.length

  for (const endpoint of endpoints) {
    ask(endpoint, signal)
      .then((answer) => {
        const count = (votes.get(answer) ?? 0) + 1
        votes.set(answer, count)
        if (count >= quorum) resolve(answer)
      })
      // Whatever went wrong, it is one vote less.
      .catch(() => {})
      .finally(() => {
        waiting -= 1
        if (Math.max(0, ...votes.values()) + waiting < quorum) {
          reject(new OutlayerError("chain_unavailable", sayVotes(votes, endpoints.length, quorum)))
        }
      })
  }
  return promise
}

function sayVotes(votes: ReadonlyMap<string, number>, asked: number, quorum: number): string {
  const answered = [...votes.values()].reduce((sum, count) => sum + count, 0)
  const differing = votes.size > 1 ? `, ${votes.size} different answers` : ""
  return `No quorum: ${answered} of ${asked} endpoints answered${differing}; ${quorum} must agree`
}
