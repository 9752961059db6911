/** NEAR that leaves the contract. What does not arrive is booked, and can be claimed. */
import { readAccountId, readAmount, readFields } from "./arguments.ts"
import type { Host } from "./host.ts"
import type { State } from "./state.ts"

/** A contract loaded once more, to look at one result and, rarely, to book it. */
const ON_PAYOUT_GAS = 8_000_000_000_000
const claimKey = (accountId: string) => `c${accountId}`

/** Pays, and books to `owner` (`null`: to the fees) what bounces. */
export function pay(host: Host, to: string, amount: bigint, owner: string | null): void {
  if (amount === 0n) return
  const args = JSON.stringify({ owner, amount: String(amount) })
  host.transfer(to, amount, { method: "on_payout", args, gas: ON_PAYOUT_GAS })
}

export function onPayout(state: State, host: Host, args: unknown): void {
  if (host.promiseResult() !== undefined) return
  const fields = readFields(args, "payout", ["owner", "amount"])
  const amount = readAmount(fields["amount"], "amount")
  if (fields["owner"] === null) state.feesWithdrawn -= amount
  else book(state, host, readAccountId(fields["owner"], "owner"), amount)
}

/** Pays what was booked to an account, to that account and no other: so anybody may ask. */
export function claimRefund(state: State, host: Host, args: unknown): string {
  const fields = readFields(args, "arguments", ["account_id"])
  const given = fields["account_id"]
  const accountId = given == null ? host.predecessor() : readAccountId(given, "account_id")
  const booked = host.remove(claimKey(accountId))
  if (booked === undefined) throw new Error(`No refund is booked to ${accountId}`)
  state.claimable -= BigInt(booked)
  pay(host, accountId, BigInt(booked), accountId)
  return booked
}

function book(state: State, host: Host, accountId: string, amount: bigint): void {
  const booked = BigInt(host.read(claimKey(accountId)) ?? 0)
  host.write(claimKey(accountId), String(booked + amount))
  state.claimable += amount
}
