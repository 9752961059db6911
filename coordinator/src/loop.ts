/** Work in the background: again and again until disposed, with one exit and its errors logged. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Logger } from "@outlayer/service"

export interface Loop extends AsyncDisposable {
  /** Asks for a round now, or for one more right after the present one. */
  kick: () => void
}

const MAX_BACKOFF_MS = 2_000

export function startLoop(options: {
  name: string
  everyMs: number
  log: Logger
  work: (signal: AbortSignal) => Promise<void>
}): Loop {
  const { name, everyMs, log, work } = options
  const stop = new AbortController()
  let nap = new AbortController()
  let failures = 0
  const ended = run()

  return {
    kick: () => nap.abort(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await ended
    },
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      nap = new AbortController()
      const failed = await attempt()
      const backoffMs = Math.min(everyMs * 2 ** failures, MAX_BACKOFF_MS)
      // A failing round is not hurried by a kick: what it needs is most likely down.
      const signal = failed ? stop.signal : AbortSignal.any([stop.signal, nap.signal])
      await sleep(failed ? backoffMs : everyMs, undefined, { signal }).catch(() => {})
    }
  }

  async function attempt(): Promise<boolean> {
    try {
      await work(stop.signal)
      failures = 0
      return false
    } catch (err) {
      // Once per outage, and every so often while it lasts.
      if (failures++ % 20 === 0) log.warn({ err, loop: name }, "background work failed")
      return true
    }
  }
}

/** Takes items and works on several at a time. An item whose work throws is due again later. */
export function startPump<Item>(options: {
  name: string
  concurrency: number
  everyMs: number
  log: Logger
  take: (limit: number, active: readonly Item[]) => Promise<Item[]>
  work: (item: Item) => Promise<void>
}): Loop {
  const { name, concurrency, everyMs, log, take, work } = options
  const active = new Map<Item, Promise<void>>()
  let failures = 0

  const loop = startLoop({
    name,
    everyMs,
    log,
    async work() {
      const free = concurrency - active.size
      if (free === 0) return
      const items = await take(free, [...active.keys()])
      for (const item of items) active.set(item, finish(item))
    },
  })

  return {
    kick: loop.kick,
    async [Symbol.asyncDispose]() {
      await loop[Symbol.asyncDispose]()
      await Promise.all(active.values())
    },
  }

  async function finish(item: Item): Promise<void> {
    try {
      await work(item)
      failures = 0
    } catch (err) {
      if (failures++ % 20 === 0) log.warn({ err, loop: name }, "background work failed")
    } finally {
      active.delete(item)
      loop.kick()
    }
  }
}
