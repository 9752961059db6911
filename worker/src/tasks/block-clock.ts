/** The chain's height as this worker knows it: deadlines are heights, not times. */
import type { Chain } from "@outlayer/near"
import { setTimeout as sleep } from "node:timers/promises"

export interface BlockClock {
  /** Aborts once the final height has reached `height`. Dispose it when it is no longer needed. */
  whenReached(height: number): Disposable & { signal: AbortSignal }
}

/** Asked only while somebody waits for a height; most runs end before the first time. */
const READ_MS = 500

export function createBlockClock(chain: Pick<Chain, "finalBlock">): BlockClock {
  const waiting = new Set<{ height: number; controller: AbortController }>()
  let reading = false

  return {
    whenReached(height) {
      const entry = { height, controller: new AbortController() }
      waiting.add(entry)
      if (!reading) void readWhileAwaited()
      return {
        signal: entry.controller.signal,
        [Symbol.dispose]() {
          waiting.delete(entry)
        },
      }
    },
  }

  async function readWhileAwaited(): Promise<void> {
    reading = true
    for (;;) {
      await sleep(READ_MS, undefined, { ref: false })
      if (waiting.size === 0) break
      // An endpoint that is away tells no height: the lease and the run's own limit still hold.
      const height = await chain.finalBlock().then(
        (block) => block.height,
        () => 0,
      )
      for (const entry of waiting) {
        if (height < entry.height) continue
        waiting.delete(entry)
        entry.controller.abort(new Error(`The chain has reached ${entry.height}`))
      }
    }
    reading = false
  }
}
