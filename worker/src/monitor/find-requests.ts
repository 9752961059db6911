/** The requests that a block's receipts made of our contract. */
import { parseEvent, type SourceBlock } from "@outlayer/near"
import { type AccountId, DataId, EventContext, type NewTask, Whole } from "@outlayer/protocol"
import { z } from "zod"

const Requested = z.object({
  /** JSON in a string, as users of the public system know it. */
  request_data: z.string(),
  data_id: DataId,
})
const RequestData = z.object({ request_id: Whole })

/** In the order of the block. Only what the contract itself logged counts. */
export function findRequests(block: SourceBlock, contractId: AccountId): NewTask[] {
  return block.receipts
    .filter((receipt) => receipt.executorId === contractId)
    .flatMap((receipt) => {
      const context = EventContext.decode({
        block_height: block.height,
        block_timestamp: String(block.timestampNs),
        transaction_hash: receipt.transactionHash,
        receipt_id: receipt.receiptId,
        signer_id: receipt.signerId,
        signer_public_key: receipt.signerPublicKey,
        gas_burnt: receipt.gasBurnt,
      })
      return receipt.logs.flatMap((line) => {
        const event = parseEvent(line)
        if (event?.event !== "execution_requested") return []
        const { request_data, data_id } = Requested.parse(event.data)
        const { request_id } = RequestData.parse(JSON.parse(request_data))
        return { contract_id: contractId, request_id, data_id, context }
      })
    })
}
