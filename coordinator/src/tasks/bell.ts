/** Wakes one waiting poll per task that enters the queue. */
import type { Capability } from "@outlayer/protocol"

interface Waiter {
  capabilities: readonly Capability[]
  wake: () => void
}

export function createBell() {
  const waiters = new Set<Waiter>()
  return {
    /** Wakes the poll that has waited longest for this; it takes a task, or waits again. */
    ring(capability: Capability): void {
      for (const waiter of waiters) {
        if (!waiter.capabilities.includes(capability)) continue
        waiter.wake()
        return
      }
    },

    /** Resolves when it rings, when `ms` have passed or `signal` aborts. */
    async wait(capabilities: readonly Capability[], ms: number, signal: AbortSignal) {
      if (signal.aborted) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const waiter = { capabilities, wake: resolve }
      const timer = setTimeout(resolve, ms)
      signal.addEventListener("abort", () => resolve(), { once: true })
      waiters.add(waiter)
      await promise
      waiters.delete(waiter)
      clearTimeout(timer)
    },
  }
}

export type Bell = ReturnType<typeof createBell>
