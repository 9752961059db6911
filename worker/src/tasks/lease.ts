/** Keeps a task ours while we work on it. */
import { ExtendLease, type LeasedTask, type LeaseKey, OutlayerError } from "@outlayer/protocol"
import { setTimeout as sleep } from "node:timers/promises"
import type { Coordinator } from "../coordinator.ts"

export interface Lease extends AsyncDisposable {
  key: LeaseKey
  /** Aborted when the lease is lost: somebody else may hold the task already. */
  signal: AbortSignal
}

/** Extends a lease thrice in its life. An unreachable coordinator ends it only by letting it expire. */
export function holdLease(
  coordinator: Coordinator,
  { key, lease_seconds }: Pick<LeasedTask, "key" | "lease_seconds">,
  stop: AbortSignal,
): Lease {
  const lost = new AbortController()
  const done = new AbortController()
  const ended = extendUntilDone()

  return {
    key,
    signal: AbortSignal.any([lost.signal, stop]),
    async [Symbol.asyncDispose]() {
      done.abort()
      await ended
    },
  }

  async function extendUntilDone(): Promise<void> {
    // On our own clock: the coordinator's may be minutes away from it.
    const lifeMs = lease_seconds * 1_000
    const third = Math.max(Math.ceil(lifeMs / 3), 100)
    let expiry = performance.now() + lifeMs
    while (!done.signal.aborted) {
      await sleep(third, undefined, { signal: done.signal }).catch(() => {})
      if (done.signal.aborted) return
      const askedAt = performance.now()
      try {
        await coordinator.call(ExtendLease, { body: key }, AbortSignal.timeout(third))
        expiry = askedAt + lifeMs
      } catch (error) {
        const isLost = error instanceof OutlayerError && error.code === "lease_lost"
        if (isLost || performance.now() >= expiry) return lost.abort(error)
      }
    }
  }
}
