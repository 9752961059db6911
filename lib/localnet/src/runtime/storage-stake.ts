import { STORAGE_PRICE, ZERO_BALANCE_BYTES } from "../parameters.ts"
import type { Account } from "./account.ts"

/** Yocto that an account lacks for what it stores; 0 when it has enough. */
export function missingForStorage({ amount, locked, storageUsage }: Account): bigint {
  if (storageUsage <= ZERO_BALANCE_BYTES) return 0n
  const missing = STORAGE_PRICE * storageUsage - amount - locked
  return missing > 0n ? missing : 0n
}
