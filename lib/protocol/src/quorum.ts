/** No endpoint is believed: an answer counts once so many of them give the very same one. */
import { OutlayerError } from "./errors.ts"

export interface Quorum<Endpoint> {
  endpoints: readonly Endpoint[]
  quorum: number
  timeoutMs: number
}

/**
 * Resolves with the first answer that `quorum` endpoints agree on, without waiting for the others.
 * Answers are compared as JSON, so an order that means nothing must be made the same beforehand.
 * Throws `chain_unavailable` once no answer can get there any more.
 */
export function askQuorum<Endpoint, Answer>(
  { endpoints, quorum, timeoutMs }: Quorum<Endpoint>,
  ask: (endpoint: Endpoint, signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs)
  const votes = new Map<string, number>()
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  let waiting = endpoints.length
  const giveUp = () => {
    reject(new OutlayerError("chain_unavailable", sayVotes(votes, endpoints.length, quorum)))
  }
  signal.addEventListener("abort", giveUp, { once: true })

  for (const endpoint of endpoints) {
    ask(endpoint, signal)
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
        if (Math.max(0, ...votes.values()) + waiting < quorum) giveUp()
      })
  }
  return promise.finally(() => signal.removeEventListener("abort", giveUp))
}

function sayVotes(votes: ReadonlyMap<string, number>, asked: number, quorum: number): string {
  const answered = [...votes.values()].reduce((sum, count) => sum + count, 0)
  const differing = votes.size > 1 ? `, ${votes.size} different answers` : ""
  return `No quorum: ${answered} of ${asked} endpoints answered${differing}; ${quorum} must agree`
}
