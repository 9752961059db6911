/** A stake answers for its owner's workers, and for two weeks after it was called back. */
import {
  type Account,
  isActive,
  loadAccount,
  saveAccount,
  slashable,
  type Unbonding,
} from "./accounts.ts"
import { isAbsent, readAmount, readArguments } from "./arguments.ts"
import { logEvent } from "./events.ts"
import type { Host } from "./host.ts"
import { dropNonces } from "./nonces.ts"
import { pay } from "./payout.ts"
import { EVIDENCE_NS, retireKeys } from "./retire.ts"
import type { State } from "./state.ts"

/** Longer than a claim waits. */
const UNBONDING_NS = EVIDENCE_NS
const MAX_UNBONDING = 8

/** At least the minimum in all: so a stake pays for its own record, too. */
export function stake(state: State, host: Host) {
  const id = host.predecessor()
  const account = loadAccount(host, id)
  const amount = host.deposit()
  const total = account.stake + amount
  if (amount === 0n || total < state.minimumStake) {
    throw new Error(`A stake has at least ${state.minimumStake} yoctoNEAR, this comes to ${total}`)
  }
  state.owed += amount
  saveAccount(host, id, { ...account, stake: total })
  logEvent(host, "staked", { account_id: id, amount: String(amount), stake: String(total) })
  return describe(state, id, loadAccount(host, id))
}

/** Without an amount: all of it. What goes below the minimum stops the account's workers. */
export function unstake(state: State, host: Host, args: unknown) {
  const id = host.predecessor()
  const account = loadAccount(host, id)
  const given = readArguments(args ?? {}, ["amount"])["amount"]
  const amount = isAbsent(given) ? account.stake : readAmount(given, "amount")
  if (amount === 0n || amount > account.stake) {
    throw new Error(`Only ${account.stake} yoctoNEAR are staked, not ${amount}`)
  }
  if (account.unbonding.length >= MAX_UNBONDING) {
    throw new Error(`${MAX_UNBONDING} parts are unbonding already: withdraw_stake, or wait`)
  }
  const releasedAt = host.blockTimestamp() + UNBONDING_NS
  const left = { ...account, stake: account.stake - amount }
  saveAccount(host, id, { ...left, unbonding: [...account.unbonding, { amount, releasedAt }] })
  logEvent(host, "unstaked", {
    account_id: id,
    amount: String(amount),
    stake: String(left.stake),
    released_at_ns: String(releasedAt),
  })
  stopIfInactive(state, host, id)
  return describe(state, id, loadAccount(host, id))
}

/** Pays what is no longer bound, but for what open claims ask for. */
export function withdrawStake(state: State, host: Host): string {
  const id = host.predecessor()
  const account = loadAccount(host, id)
  const now = host.blockTimestamp()
  const released = account.unbonding
    .filter(({ releasedAt }) => now >= releasedAt)
    .reduce((sum, { amount }) => sum + amount, 0n)
  const unclaimed = slashable(account) - account.claimed
  const amount = released < unclaimed ? released : unclaimed
  if (amount <= 0n) throw new Error("No stake is free to be withdrawn yet")
  saveAccount(host, id, { ...account, unbonding: takeFirst(account.unbonding, amount) })
  state.owed -= amount
  logEvent(host, "stake_withdrawn", { account_id: id, amount: String(amount) })
  pay(state, host, id, amount)
  return String(amount)
}

/** Takes of the stake, then of what is unbonding, what soonest leaves first. Ours from now on. */
export function takeStake(state: State, host: Host, id: string, amount: bigint): void {
  const account = loadAccount(host, id)
  const ofStake = amount < account.stake ? amount : account.stake
  saveAccount(host, id, {
    ...account,
    stake: account.stake - ofStake,
    unbonding: takeFirst(account.unbonding, amount - ofStake),
  })
  state.owed -= amount
  stopIfInactive(state, host, id)
}

export function describe(state: State, id: string, account: Account) {
  return {
    account_id: id,
    stake: String(account.stake),
    unbonding: account.unbonding.map(({ amount, releasedAt }) => ({
      amount: String(amount),
      released_at_ns: String(releasedAt),
    })),
    is_active: isActive(state, id, account),
    is_deactivated: account.isDeactivated,
    public_keys: account.keys,
    claims: account.claims,
    claimed: String(account.claimed),
  }
}

function stopIfInactive(state: State, host: Host, id: string): void {
  const account = loadAccount(host, id)
  if (isActive(state, id, account)) return
  dropNonces(host, id)
  if (account.keys.length === 0) return
  retireKeys(state, host, account.keys, "not_active")
  logEvent(host, "worker_deactivated", { account_id: id, stake: String(account.stake) })
}

/** They were added in the order of their release. */
function takeFirst(parts: readonly Unbonding[], amount: bigint): Unbonding[] {
  const left: Unbonding[] = []
  let due = amount
  for (const part of parts) {
    const taken = due < part.amount ? due : part.amount
    due -= taken
    if (taken < part.amount) left.push({ ...part, amount: part.amount - taken })
  }
  return left
}
