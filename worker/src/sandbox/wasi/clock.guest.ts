/** Virtual time: the host's at the start, then advanced by work done and by sleep that is skipped. */
import type { Fuel } from "./fuel.guest.ts"

/** A century: no guest outlives it, and no sum of such leaves 64 bits. */
export const MAX_SLEEP_NS = 100n * 365n * 86_400n * 1_000_000_000n

/** Nanoseconds; a unit of fuel takes one. */
export class VirtualClock {
  readonly #startNs: bigint
  readonly #fuel: Fuel
  #sleptNs = 0n

  constructor(startNs: bigint, fuel: Fuel) {
    this.#startNs = startNs
    this.#fuel = fuel
  }

  /** Since 1970. */
  get realtime(): bigint {
    return this.#startNs + this.monotonic
  }

  /** Since the start. */
  get monotonic(): bigint {
    return this.work + this.#sleptNs
  }

  /** What the guest itself has worked. */
  get work(): bigint {
    return this.#fuel.used
  }

  /** Takes no time of ours. */
  sleep(durationNs: bigint): void {
    const total = this.#sleptNs + durationNs
    this.#sleptNs = total < MAX_SLEEP_NS ? total : MAX_SLEEP_NS
  }
}
