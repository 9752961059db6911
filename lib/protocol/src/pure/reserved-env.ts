/** Names in a guest's environment that we set, and that no secret may use. */
export const RESERVED_ENV_NAMES = [
  "NEAR_SENDER_ID",
  "NEAR_PREDECESSOR_ID",
  "NEAR_CONTRACT_ID",
  "NEAR_REQUEST_ID",
  "NEAR_USER_ACCOUNT_ID",
  "NEAR_PAYMENT_YOCTO",
  "NEAR_BLOCK_HEIGHT",
  "NEAR_BLOCK_TIMESTAMP",
  "NEAR_TRANSACTION_HASH",
  "NEAR_RECEIPT_ID",
  "NEAR_SIGNER_PUBLIC_KEY",
  "NEAR_GAS_BURNT",
  "NEAR_MAX_INSTRUCTIONS",
  "NEAR_MAX_MEMORY_MB",
  "NEAR_MAX_EXECUTION_SECONDS",
] as const

export type ReservedEnvName = (typeof RESERVED_ENV_NAMES)[number]

export function isReservedEnvName(name: string): name is ReservedEnvName {
  return (RESERVED_ENV_NAMES as readonly string[]).includes(name)
}
