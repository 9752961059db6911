import type { VirtualClock } from "../clock.guest.ts"
import { ERRNO } from "./errno.guest.ts"
import type { GuestMemory } from "./guest-memory.guest.ts"
import type { HostFunctions } from "./host-functions.guest.ts"

/** `clockid`; the last two count a process's and a thread's own work. */
const CLOCK = { realtime: 0, monotonic: 1, processCpu: 2, threadCpu: 3 } as const

/** Nanoseconds, or `undefined` for a clock that there is not. */
export function readClock(clock: VirtualClock, id: number): bigint | undefined {
  if (id === CLOCK.realtime) return clock.realtime
  if (id === CLOCK.monotonic) return clock.monotonic
  if (id === CLOCK.processCpu || id === CLOCK.threadCpu) return clock.work
  return undefined
}

export function clockFunctions(memory: GuestMemory, clock: VirtualClock) {
  return {
    clock_res_get(id: number, resultAt: number) {
      if (readClock(clock, id) === undefined) return ERRNO.inval
      memory.setU64(resultAt, 1n)
      return ERRNO.success
    },

    clock_time_get(id: number, _precision: bigint, resultAt: number) {
      const now = readClock(clock, id)
      if (now === undefined) return ERRNO.inval
      memory.setU64(resultAt, now)
      return ERRNO.success
    },
  } satisfies HostFunctions
}
