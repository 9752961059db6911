/**
 * Whether the callback can return an answer. Each byte is paid once more for every receipt that waits
 * for it, of which a caller may make a thousand: a callback that ran out of gas so would settle
 * nothing, and keep the answer in the state.
 */
import type { Host } from "./host.ts"

/** What settling needs after that: the payout with its callback, and the event. */
const SETTLING_GAS = 14_000_000_000_000n
/** As cheap as the code of a failure, whoever waits. */
const ALWAYS_BYTES = 64
/** Short: it is paid for each who waits, too. */
const PROBE_BYTES = 64

export function canReturn(host: Host, value: Uint8Array): boolean {
  if (value.length <= ALWAYS_BYTES) return true
  const need = (gasToReturn(host, PROBE_BYTES) - gasToReturn(host, 0)) * BigInt(value.length)
  return need / BigInt(PROBE_BYTES) + SETTLING_GAS <= host.gasLeft()
}

/** Found out by returning something else first: the last value returned is the one. */
function gasToReturn(host: Host, bytes: number): bigint {
  const value = new Uint8Array(bytes)
  const before = host.gasLeft()
  host.returnBytes(value)
  return before - host.gasLeft()
}
