import type { SignedTransaction } from "../transaction/signed-transaction.ts"

/** Transactions that wait for a block. */
export class Mempool {
  readonly #waiting = new Map<string, SignedTransaction>()

  get size(): number {
    return this.#waiting.size
  }

  has(hash: string): boolean {
    return this.#waiting.has(hash)
  }

  get(hash: string): SignedTransaction | undefined {
    return this.#waiting.get(hash)
  }

  add(transaction: SignedTransaction): void {
    this.#waiting.set(transaction.hash, transaction)
  }

  /** In order of arrival, but those of one key by their nonces. */
  take(limit: number): SignedTransaction[] {
    const taken = [...this.#waiting.values()].slice(0, limit)
    for (const { hash } of taken) this.#waiting.delete(hash)
    const byKey = Map.groupBy(taken, keyOf)
    for (const queue of byKey.values()) queue.sort((a, b) => (a.nonce < b.nonce ? -1 : 1))
    return taken.flatMap((transaction) => byKey.get(keyOf(transaction))?.shift() ?? [])
  }
}

function keyOf({ signerId, publicKey }: SignedTransaction): string {
  return `${signerId} ${Buffer.from(publicKey).toString("hex")}`
}
