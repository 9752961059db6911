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
export const SMALL_ANSWER_BYTES = LIMITS.smallPayloadBytes + RECORD_BYTES + 24
/** The longest record of how many requests a sender has. */
export const COUNT_BYTES = RECORD_BYTES + 1 + 64 + 2

/** Neither owed nor staked for others, negative where that is more than there is. */
export function freeBalance(state: State, host: Host): bigint {
  const staked = (host.storageUsage() - BigInt(state.paidBytes)) * YOCTO_PER_BYTE
  return host.balance() - staked - state.pendingPayments - state.claimable
}

/**
 * Notes that the records of a request have more bytes, or fewer; returns how many more of them its
 * payment does not stake.
 */
export function restake(state: State, payment: string, before: number, after: number): number {
  // What it could stake beyond 2^53 bytes, no request has.
  const most = Number(BigInt(payment) / YOCTO_PER_BYTE) - COUNT_BYTES
  const change = Math.min(after, most) - Math.min(before, most)
  // A request of before an upgrade may never have been counted.
  state.paidBytes = Math.max(0, state.paidBytes + change)
  return after - before - change
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
