/** Gives out the newest snapshot, never an older one than before, and holds the host's clock to it. */
import { OutlayerError, type Quorum } from "@outlayer/protocol"
import type { Endpoint } from "./endpoint.ts"
import { type FinalBlock, readFinalBlock } from "./final-block.ts"
import { createSnapshot, type Snapshot } from "./snapshot.ts"

const MAX_CLOCK_SKEW_MS = 60_000

export interface Chain {
  /** A final block not older than `maxAgeMs`. Throws `chain_unavailable`, `keystore_unavailable`. */
  snapshot(): Promise<Snapshot>
  /** One that is read now, for what the last did not have yet. */
  refresh(): Promise<Snapshot>
  /** Since when (monotonic) the host's clock has been off; nothing is given out meanwhile. */
  skewedSinceMs(): number | undefined
}

export function openChain(
  options: Quorum<Endpoint> & {
    maxAgeMs: number
    /** The host's clock, in Unix milliseconds. */
    nowMs?: () => number
  },
): Chain {
  const { maxAgeMs, nowMs = Date.now } = options
  let latest: { snapshot: Snapshot; readAtMs: number } | undefined
  let reading: Promise<Snapshot> | undefined
  let skewedSince: number | undefined

  return {
    snapshot() {
      const isFresh = latest && performance.now() - latest.readAtMs < maxAgeMs
      return latest && isFresh ? Promise.resolve(latest.snapshot) : read()
    },
    async refresh() {
      // One that has begun may not have seen what the caller has.
      await reading?.catch(() => {})
      return read()
    },
    skewedSinceMs: () => skewedSince,
  }

  /** Whoever asks meanwhile gets the same read. */
  function read(): Promise<Snapshot> {
    reading ??= readOnce().finally(() => (reading = undefined))
    return reading
  }

  async function readOnce(): Promise<Snapshot> {
    const block = await readFinalBlock(options, latest?.snapshot.block.height)
    requireForward(block)
    requireClock(block)
    const isSame = latest?.snapshot.block.hash === block.hash
    const snapshot = latest && isSame ? latest.snapshot : createSnapshot(block, options)
    latest = { snapshot, readAtMs: performance.now() }
    return snapshot
  }

  /** Final blocks are never undone: a lower one is an old one. */
  function requireForward({ height, hash }: FinalBlock): void {
    const last = latest?.snapshot.block
    if (!last || height > last.height || hash === last.hash) return
    throw new OutlayerError("chain_unavailable", `Block ${height} is older than ${last.height}`)
  }

  function requireClock({ timestampNs }: FinalBlock): void {
    const skewMs = Math.abs(nowMs() - Number(timestampNs / 1_000_000n))
    if (skewMs <= MAX_CLOCK_SKEW_MS) {
      skewedSince = undefined
      return
    }
    skewedSince ??= performance.now()
    // What was read before is no better.
    latest = undefined
    throw new OutlayerError(
      "keystore_unavailable",
      `The clock and the chain are ${Math.round(skewMs / 1_000)} s apart`,
    )
  }
}
