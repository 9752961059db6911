/** The environment that every guest finds, whatever its request; names are reserved in protocol. */
import type { ExecuteTask } from "@outlayer/protocol"
import type { ReservedEnvName } from "@outlayer/protocol/pure"

/** What is not known (a request found in state, not in a block) is the empty string. */
export function guestEnvironment(task: ExecuteTask): Record<ReservedEnvName, string> {
  const { request, context } = task
  const limits = request.resource_limits
  return {
    NEAR_SENDER_ID: request.sender_id,
    NEAR_PREDECESSOR_ID: request.sender_id,
    NEAR_CONTRACT_ID: task.contract_id,
    NEAR_REQUEST_ID: String(request.request_id),
    NEAR_USER_ACCOUNT_ID: request.sender_id,
    NEAR_PAYMENT_YOCTO: String(request.payment),
    NEAR_BLOCK_HEIGHT: String(request.block_height),
    NEAR_BLOCK_TIMESTAMP: String(request.timestamp),
    NEAR_TRANSACTION_HASH: context?.transaction_hash ?? "",
    NEAR_RECEIPT_ID: context?.receipt_id ?? "",
    NEAR_SIGNER_PUBLIC_KEY: context?.signer_public_key ?? "",
    NEAR_GAS_BURNT: String(context?.gas_burnt ?? ""),
    NEAR_MAX_INSTRUCTIONS: String(limits.max_instructions),
    NEAR_MAX_MEMORY_MB: String(limits.max_memory_mb),
    NEAR_MAX_EXECUTION_SECONDS: String(limits.max_execution_seconds),
  }
}
