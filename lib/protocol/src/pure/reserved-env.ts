/** Names in a guest's environment that we set. */
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

/** What changes how a program or its host behaves, in any spelling; ours under any future name. */
const RESERVED =
  /^(?:NEAR_.*|OUTLAYER_.*|LD_.*|DYLD_.*|NODE_.*|WASI_.*|PATH|HOME|PWD|USER|SHELL|IFS|TMPDIR|TERM)$/i

/** Whether no secret may have this name: refused when sealing and when opening. */
export function isReservedEnvName(name: string): boolean {
  return RESERVED.test(name)
}
