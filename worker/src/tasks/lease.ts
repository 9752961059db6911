/** Keeps a task ours while we work on it. */
import { ExtendLease, type LeaseKey, OutlayerError } from "@outlayer/protocol"
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
  key: LeaseKey,
  expiresAt: string,
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
    let expiry = Date.parse(expiresAt)
    const third = Math.max(Math.ceil((expiry - Date.now()) / 3), 100)
    while (!done.signal.aborted) {
      await sleep(third, undefined, { signal: done.signal }).catch(() => {})
      if (done.signal.aborted) return
      try {
        const reply = await coordinator.call(ExtendLease, { body: key }, AbortSignal.timeout(third))
        expiry = Date.parse(reply.lease_expires_at)
      } catch (error) {
        const isLost = error instanceof OutlayerError && error.code === "lease_lost"
        if (isLost || Date.now() >= expiry) return lost.abort(error)
      }
    }
  }
}
