/** NEAR that leaves the contract. What does not arrive is booked, and can be claimed. */
import { isAbsent, readAccountId, readAmount, readArguments } from "./arguments.ts"
import { logEvent } from "./events.ts"
import type { Host } from "./host.ts"
import type { State } from "./state.ts"

/** A contract loaded once more, to look at one result and, rarely, to book it. */
const ON_PAYOUT_GAS = 8_000_000_000_000

const bookedKey = (account: string) => `b${account}`

export function pay(state: State, host: Host, to: string, amount: bigint): void {
  if (amount === 0n) return
  // Ours no more, and not yet theirs: kept apart until it has arrived.
  const sent = host.send(to, [{ kind: "transfer", amount }])
  const args = JSON.stringify({ account_id: to, amount: String(amount) })
  host.send(host.self(), [{ kind: "call", method: "on_payout", args, gas: ON_PAYOUT_GAS }], sent)
}

export function onPayout(state: State, host: Host, args: unknown): void {
  if (host.promiseResult() !== undefined) return
  const fields = readArguments(args, ["account_id", "amount"])
  const account = readAccountId(fields["account_id"], "account_id")
  const amount = readAmount(fields["amount"], "amount")
  state.owed += amount
  host.write(bookedKey(account), String(BigInt(host.read(bookedKey(account)) ?? 0) + amount))
  logEvent(host, "payout_bounced", { account_id: account, amount: String(amount) })
}

/** Pays what was booked to an account, to that account and no other: so anybody may ask. */
export function claimPayout(state: State, host: Host, args: unknown): string {
  const given = readArguments(args ?? {}, ["account_id"])["account_id"]
  const account = isAbsent(given) ? host.predecessor() : readAccountId(given, "account_id")
  const booked = host.remove(bookedKey(account))
  if (booked === undefined) throw new Error(`Nothing is booked to ${account}`)
  state.owed -= BigInt(booked)
  pay(state, host, account, BigInt(booked))
  return booked
}
