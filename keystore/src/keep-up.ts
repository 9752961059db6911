/** What goes on while a keystore serves: its registration is renewed, and its clock is watched. */
import type { Logger } from "@outlayer/service"
import type { Chain } from "./chain/chain.ts"

const UPKEEP_MS = 5_000
/** A registration lasts a day. */
const RENEW_MS = 12 * 3_600_000
const RENEW_AGAIN_MS = RENEW_MS / 12
const MAX_SKEW_MS = 60_000

export interface Upkeep extends Disposable {
  /** Rejects when clock and chain have been apart for a minute: then the service has to end. */
  failed: Promise<never>
}

export function keepUp(
  chain: Pick<Chain, "snapshot" | "skewedSinceMs">,
  renew: () => Promise<void>,
  log: Logger,
): Upkeep {
  const { promise: failed, reject } = Promise.withResolvers<never>()
  // Whoever waits for it hears of it; nobody may be waiting yet.
  failed.catch(() => {})
  let renewAt = performance.now() + RENEW_MS
  const timer = setInterval(() => {
    chain.snapshot().catch((err: unknown) => log.warn({ err }, "chain not readable"))
    const skewedSince = chain.skewedSinceMs()
    if (skewedSince !== undefined && performance.now() - skewedSince > MAX_SKEW_MS) {
      reject(new Error("The host's clock and the chain's have been apart for a minute"))
    }
    if (performance.now() < renewAt) return
    renewAt = performance.now() + RENEW_AGAIN_MS
    renew().then(
      () => (renewAt = performance.now() + RENEW_MS),
      (err: unknown) => log.error({ err }, "registration not renewed"),
    )
  }, UPKEEP_MS)
  return { failed, [Symbol.dispose]: () => clearInterval(timer) }
}
