/** What the chain kept of one transaction: every call that it led to, when it ran and what it burnt. */
import type { JsonRpcProvider } from "near-api-js"
import { z } from "zod"

export interface ExecutedCall {
  contractId: string
  method: string
  /** When its block began, in milliseconds since 1970. */
  at: number
  gasBurnt: number
  /** Of that, for the contract's code to be loaded. */
  loadingGas: number
}

const Transaction = z.object({
  transaction_outcome: z.object({ block_hash: z.string() }),
  receipts_outcome: z.array(
    z.object({
      id: z.string(),
      block_hash: z.string(),
      outcome: z.object({
        gas_burnt: z.number(),
        metadata: z.object({
          gas_profile: z.array(z.object({ cost: z.string(), gas_used: z.string() })).nullish(),
        }),
      }),
    }),
  ),
  receipts: z.array(
    z.object({
      receipt_id: z.string(),
      receiver_id: z.string(),
      receipt: z.object({ Action: z.object({ actions: z.array(z.unknown()) }).optional() }),
    }),
  ),
})
const Call = z.object({ FunctionCall: z.object({ method_name: z.string() }) })

export async function readCalls(
  provider: JsonRpcProvider,
  txHash: string,
  accountId: string,
): Promise<{ includedAt: number; calls: ExecutedCall[] }> {
  const reply = await provider.viewTransactionStatusWithReceipts({ txHash, accountId })
  const { transaction_outcome, receipts_outcome, receipts } = Transaction.parse(reply)
  const calls = receipts_outcome.map(async ({ id, block_hash, outcome }) => {
    const receipt = receipts.find(({ receipt_id }) => receipt_id === id)
    const call = Call.safeParse(receipt?.receipt.Action?.actions[0]).data?.FunctionCall
    if (!receipt || !call) return []
    const loading = outcome.metadata.gas_profile?.filter(({ cost }) => /LOADING/.test(cost)) ?? []
    return {
      contractId: receipt.receiver_id,
      method: call.method_name,
      at: await timeOf(provider, block_hash),
      gasBurnt: outcome.gas_burnt,
      loadingGas: loading.reduce((sum, { gas_used }) => sum + Number(gas_used), 0),
    }
  })
  return {
    includedAt: await timeOf(provider, transaction_outcome.block_hash),
    calls: (await Promise.all(calls)).flat(),
  }
}

async function timeOf(provider: JsonRpcProvider, blockId: string): Promise<number> {
  const { header } = await provider.viewBlock({ blockId })
  return Number(header.timestamp_nanosec) / 1e6
}
