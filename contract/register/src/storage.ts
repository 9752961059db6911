/** Records that anybody may cause are paid for by who causes them. */
import { LIMITS } from "@outlayer/protocol/pure"
import type { Host } from "./host.ts"
import { pay } from "./payout.ts"
import type { State } from "./state.ts"

/**
 * Writes, takes the price of what that added from the deposit, and returns the rest. The project's
 * own accounts may leave it to the contract.
 */
export function payForStorage(state: State, host: Host, write: () => void): void {
  const before = host.storageUsage()
  write()
  const added = host.storageUsage() - before
  const price = added > 0n ? added * BigInt(LIMITS.storageYoctoPerByte) : 0n
  const payer = host.predecessor()
  const deposit = host.deposit()
  if (deposit >= price) {
    pay(state, host, payer, deposit - price)
  } else if (payer === state.owner || payer === state.initAccount) {
    pay(state, host, payer, deposit)
  } else {
    throw new Error(`storage: attach ${price} yoctoNEAR for ${added} bytes`)
  }
}

/** What this account holds and owes nobody: NEAR for gas. */
export function freeBalance(state: State, host: Host): bigint {
  const staked = host.storageUsage() * BigInt(LIMITS.storageYoctoPerByte)
  return host.balance() - staked - state.owed - state.allowances
}
