/**
 * Who signed first sends first: a later nonce that the chain sees first makes it refuse the earlier.
 * Whoever takes a turn right before signing keeps that order, however long each record takes.
 */
export interface Turns {
  take(): Turn
}

/** Dispose it when the transaction is on its way, or will never be: the next one waits for that. */
interface Turn extends Disposable {
  /** Resolves when all who signed earlier have sent. */
  readonly come: Promise<void>
}

export function createTurns(): Turns {
  let last = Promise.resolve()
  return {
    take() {
      const before = last
      const { promise, resolve } = Promise.withResolvers<void>()
      // One that gives up does not let the next one pass those before it.
      last = Promise.all([before, promise]).then(() => {})
      return { come: before, [Symbol.dispose]: resolve }
    },
  }
}
