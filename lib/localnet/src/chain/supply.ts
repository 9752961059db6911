import type { Account } from "../runtime/account.ts"
import { accountKey } from "../state/state-key.ts"
import type { State } from "../state/state.ts"

/** Yocto on all accounts, what is staked too. */
export function supplyOf(state: State): bigint {
  let supply = 0n
  for (const [, value] of state.entries(accountKey(""))) {
    const { amount, locked } = value as Account
    supply += amount + locked
  }
  return supply
}
