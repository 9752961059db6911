/** Virtual time: the host's at the start, then advanced by work done and by sleep that is skipped. */
import type { Fuel } from "./fuel.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"

/** `clockid` of preview 1; the last two count a process's and a thread's own work. */
const CLOCK = { realtime: 0, monotonic: 1, processCpu: 2, threadCpu: 3 } as const

/** A century: no guest outlives it, and no sum of such leaves 64 bits. */
const MAX_SLEEP_NS = 100n * 365n * 86_400n * 1_000_000_000n

export class VirtualClock {
  readonly #startNs: bigint
  readonly #fuel: Fuel
  #sleptNs = 0n

  constructor(startNs: bigint, fuel: Fuel) {
    this.#startNs = startNs
    this.#fuel = fuel
  }

  /** Nanoseconds; a unit of fuel takes one. `undefined` for a clock that there is not. */
  read(clock: number): bigint | undefined {
    const workNs = this.#fuel.used
    if (clock === CLOCK.realtime) return this.#startNs + workNs + this.#sleptNs
    if (clock === CLOCK.monotonic) return workNs + this.#sleptNs
    if (clock === CLOCK.processCpu || clock === CLOCK.threadCpu) return workNs
    return undefined
  }

  /** Takes no time of ours. */
  sleep(durationNs: bigint): void {
    const total = this.#sleptNs + durationNs
    this.#sleptNs = total < MAX_SLEEP_NS ? total : MAX_SLEEP_NS
  }
}

export function clockFunctions(memory: GuestMemory, clock: VirtualClock) {
  return {
    clock_res_get(id: number, resultAt: number) {
      if (clock.read(id) === undefined) return ERRNO.inval
      memory.setU64(resultAt, 1n)
      return ERRNO.success
    },

    clock_time_get(id: number, _precision: bigint, resultAt: number) {
      const now = clock.read(id)
      if (now === undefined) return ERRNO.inval
      memory.setU64(resultAt, now)
      return ERRNO.success
    },
  } satisfies HostFunctions
}
