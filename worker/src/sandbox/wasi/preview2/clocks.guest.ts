/** `wasi:clocks` */
import type { Interface } from "./guard.guest.ts"
import { type Maker, Pollable } from "./streams.guest.ts"

const SECOND = 1_000_000_000n

export interface Datetime {
  seconds: bigint
  nanoseconds: number
}

export function datetimeOf(ns: bigint): Datetime {
  return { seconds: ns / SECOND, nanoseconds: Number(ns % SECOND) }
}

export function nanosecondsOf({ seconds, nanoseconds }: Datetime): bigint {
  return seconds * SECOND + BigInt(nanoseconds)
}

export function clockInterfaces(maker: Maker): Record<string, Interface> {
  const { clock } = maker.host
  return {
    "wasi:clocks/wall-clock": {
      now: () => datetimeOf(clock.realtime),
      resolution: () => datetimeOf(1n),
    },
    "wasi:clocks/monotonic-clock": {
      now: () => clock.monotonic,
      resolution: () => 1n,
      subscribeInstant: (when: bigint) => new Pollable(maker, when),
      subscribeDuration: (wait: bigint) => new Pollable(maker, clock.monotonic + wait),
    },
    "wasi:clocks/timezone": {
      display: () => ({ utcOffset: 0, name: "UTC", inDaylightSavingTime: false }),
      utcOffset: () => 0,
    },
  }
}
