/**
 * Whether the callback can return an answer. Each byte is paid once more for every receipt that waits
 * for it, of which a caller may make a thousand: a callback that ran out of gas so would settle
 * nothing, and keep the answer in the state.
 */
import { MIN_RESPONSE_GAS } from "@outlayer/protocol/pure"
import type { Host } from "./host.ts"

/** What settling needs after that: the payout with its callback, and the event. */
const SETTLING_GAS = 14_000_000_000_000
/** As cheap as the code of a failure, whoever waits. */
const ALWAYS_BYTES = 64
/** Short: it is paid for each who waits, too. */
const PROBE_BYTES = 64
const PROBE = new Uint8Array(PROBE_BYTES)
const NOTHING = new Uint8Array(0)

export function canReturn(host: Host, value: Uint8Array): boolean {
  if (value.length <= ALWAYS_BYTES) return true
  // Found out by returning something else first: the last value returned is the one.
  const start = host.usedGas()
  host.returnBytes(NOTHING)
  const between = host.usedGas()
  host.returnBytes(PROBE)
  const used = host.usedGas()
  const gasPerByte = (used - between - (between - start)) / PROBE_BYTES
  return used + gasPerByte * value.length + SETTLING_GAS <= MIN_RESPONSE_GAS
}
