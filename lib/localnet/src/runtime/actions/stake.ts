import type { Account } from "../account.ts"
import type { Action } from "../action.ts"
import type { ActionFailure, ReceiptRun } from "../receipt-run.ts"

/** Locks what is staked. No epoch ever unlocks it: this chain has one validator for good. */
export function stakeTokens(
  run: ReceiptRun,
  account: Account,
  { stake }: Action & { type: "stake" },
): ActionFailure {
  const { amount, locked } = account
  const account_id = run.receipt.receiverId
  const more = stake - locked
  if (amount < more) {
    const balances = { balance: String(amount), locked: String(locked), stake: String(stake) }
    return { TriesToStake: { account_id, ...balances } }
  }
  if (locked === 0n && stake === 0n) return { TriesToUnstake: { account_id } }
  if (more > 0n) run.account = { ...account, amount: amount - more, locked: stake }
  return undefined
}
