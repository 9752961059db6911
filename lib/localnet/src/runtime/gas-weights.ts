import type { DraftAction, FunctionCallDraft, ReceiptDraft } from "../vm/vm.ts"

/**
 * Hands gas that a call left over to the calls it made, by their weights: floors, and the last takes what remains.
 * Returns what was handed out: nothing when no call has a weight.
 */
export function distributeGas(receipts: readonly ReceiptDraft[], unused: bigint): bigint {
  const calls = receipts.flatMap(({ actions }) => actions).filter(isWeighted)
  const total = calls.reduce((weights, { gasWeight }) => weights + gasWeight, 0n)
  const last = calls.at(-1)
  if (last === undefined) return 0n
  let left = unused
  for (const call of calls) {
    const share = (unused * call.gasWeight) / total
    call.gas += share
    left -= share
  }
  last.gas += left
  return unused
}

function isWeighted(action: DraftAction): action is FunctionCallDraft {
  return action.type === "function_call" && action.gasWeight > 0n
}
