import { HostError } from "./host-error.ts"

export type AccountKind = "named" | "near_implicit" | "eth_implicit" | "deterministic"

const SEPARATED = /^[a-z\d]+([-_.][a-z\d]+)*$/

export function checkAccountId(accountId: string): string {
  const { length } = accountId
  if (length < 2 || length > 64 || !SEPARATED.test(accountId)) {
    throw new HostError("InvalidAccountId")
  }
  return accountId
}

/** Whether a transfer creates the account, and as what. */
export function accountKind(accountId: string): AccountKind {
  if (/^[\da-f]{64}$/.test(accountId)) return "near_implicit"
  if (/^0x[\da-f]{40}$/.test(accountId)) return "eth_implicit"
  if (/^0s[\da-f]{40}$/.test(accountId)) return "deterministic"
  return "named"
}
