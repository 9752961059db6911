/**
 * Who stakes what a request keeps in the state: its own payment, as far as that goes, and beyond
 * that what the contract has free. So an answer is refused, for a while, before it could take
 * what belongs to others; a payment of 0.5 NEAR covers the longest.
 */
import { LIMITS } from "@outlayer/protocol/pure"
import type { Host } from "./host.ts"
import type { State } from "./state.ts"

export const YOCTO_PER_BYTE = BigInt(LIMITS.storageYoctoPerByte)
/** What a record takes beside its key and value. */
export const RECORD_BYTES = 40
/** The record of an answer that fits a payload: each request pays for that of its own. */
export const SMALL_ANSWER_BYTES = BigInt(LIMITS.smallPayloadBytes + RECORD_BYTES + 24)
/** The longest record of how many requests a sender has. */
export const COUNT_BYTES = BigInt(RECORD_BYTES + 1 + 64 + 2)

/** Neither owed nor staked for others, negative where that is more than there is. */
export function freeBalance(state: State, host: Host): bigint {
  const staked = (host.storageUsage() - state.paidBytes) * YOCTO_PER_BYTE
  return host.balance() - staked - state.pendingPayments - state.claimable
}

/**
 * Notes that the records of a request have more bytes, or fewer; returns how many more of them its
 * payment does not stake.
 */
export function restake(state: State, payment: string, before: number, after: number): bigint {
  const most = BigInt(payment) / YOCTO_PER_BYTE - COUNT_BYTES
  const paid = (bytes: number) => (BigInt(bytes) < most ? BigInt(bytes) : most)
  const change = paid(after) - paid(before)
  const sum = state.paidBytes + change
  // A request of before an upgrade may never have been counted.
  state.paidBytes = sum > 0n ? sum : 0n
  return BigInt(after - before) - change
}

export function requireFree(state: State, host: Host): void {
  const free = freeBalance(state, host)
  if (free >= 0n) return
  throw new Error(
    `The contract has ${-free} yoctoNEAR too few to keep this answer: try again when others are delivered`,
  )
}

export function bytesOfRecord(host: Host, key: string, value: string): number {
  return RECORD_BYTES + key.length + host.utf8(value).length
}
