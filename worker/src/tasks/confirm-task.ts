/**
 * What the chain says of a task's request. A coordinator could have altered whatever it hands out, so
 * of the request itself nothing of its telling is used: neither to run it, nor for how long.
 */
import type { Chain, Witnesses } from "@outlayer/near"
import { ChainRequest, type ExecuteTask } from "@outlayer/protocol"
import { AlteredRequest } from "../tee/trusted-programs.ts"

export interface ConfirmDeps {
  chain: Pick<Chain, "finalBlock" | "yieldTimeoutBlocks">
  witnesses: Pick<Witnesses, "view">
  /** The only contract that this worker works for. */
  contractId: string
}

/**
 * The task with request and deadline as the chain has them; undefined where the contract does not know
 * the request (any more). Throws `AlteredRequest`, and `Error` while the endpoint is behind.
 */
export async function confirmTask(
  task: ExecuteTask,
  { chain, witnesses, contractId }: ConfirmDeps,
): Promise<ExecuteTask | undefined> {
  const { request_id, request_hash, block_height } = task.request
  if (task.contract_id !== contractId) throw new AlteredRequest(request_id)
  const [{ height }, found] = await Promise.all([
    chain.finalBlock(),
    witnesses.view(contractId, "get_request", { request_id }),
  ])
  if (found === null) {
    if (height >= block_height) return undefined
    throw new Error(`The endpoint is at ${height}, the request at ${block_height}`)
  }
  const request = ChainRequest.parse(found)
  if (request.request_hash !== request_hash) throw new AlteredRequest(request_id)
  return {
    ...task,
    request,
    deadline_height: request.block_height + (await chain.yieldTimeoutBlocks()),
  }
}
