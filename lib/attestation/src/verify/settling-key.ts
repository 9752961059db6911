/** By which key a request was settled: the coordinator names the transaction, the chain has it. */
import type { SignedTransaction, TransactionResult } from "@outlayer/near"
import { z } from "zod"

/** Each seals an answer, if none is sealed yet: of all that succeed for a request there is one. */
const SETTLING = ["resolve_execution", "submit_execution_output_and_resolve"]

const Arguments = z.object({ request_id: z.number() })

/** Undefined where the transaction settled another request, or none. */
export function readSettlingKey(
  { receiverId, publicKey, calls, receipts }: SignedTransaction & TransactionResult,
  contractId: string,
  requestId: number,
): string | undefined {
  if (receiverId !== contractId) return undefined
  const [call, ...others] = calls
  // A failed action undoes those beside it: ours are alone.
  if (!call || others.length > 0 || !SETTLING.includes(call.method)) return undefined
  const ran = receipts.find(({ executorId }) => executorId === contractId)
  const isDone = ran !== undefined && !ran.hasFailed
  return isDone && requestOf(call.args) === requestId ? publicKey : undefined
}

function requestOf(args: Uint8Array): number | undefined {
  try {
    return Arguments.parse(JSON.parse(new TextDecoder().decode(args))).request_id
  } catch {
    return undefined
  }
}
