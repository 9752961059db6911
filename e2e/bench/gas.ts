/** What each call of a request's life burns, small and large, and what the views would. */
import { ask, type Question, type Stack } from "@outlayer/stack"
import { actions } from "near-api-js"
import { type ExecutedCall, readCalls } from "./chain-record.ts"
import type { Journal } from "./journal.ts"
import { requestIdOf } from "./request-id.ts"

const TERA = 10n ** 12n
const VIEWS = [
  "get_request",
  "list_pending",
  "get_stats",
  "get_pricing",
  "get_config",
  "get_max_limits",
  "estimate_execution_cost",
]

/** Of asker and worker both, in the order of the chain. */
export async function measureRequestGas(
  stack: Stack,
  journal: Journal,
  question: Question,
): Promise<ExecutedCall[]> {
  const { alice, operator } = stack.accounts
  const answer = await ask(stack, question)
  const signed = await journal.find(requestIdOf(answer), "worker", "execution done")
  const asked = await readCalls(stack.provider, answer.transactionHash, alice.accountId)
  const settled = await readCalls(stack.provider, String(signed["txHash"]), operator.accountId)
  return [...asked.calls, ...settled.calls].toSorted((one, other) => one.at - other.at)
}

/** As calls, since a view's gas is told to nobody. */
export async function measureViewGas({ accounts, provider }: Stack): Promise<ExecutedCall[]> {
  const { alice, outlayer } = accounts
  const found: ExecutedCall[] = []
  for (const view of VIEWS) {
    const args = view === "get_request" ? { request_id: 0 } : {}
    const { transaction_outcome } = await alice.signAndSendTransaction({
      receiverId: outlayer.accountId,
      actions: [actions.functionCall(view, args, 100n * TERA, 0n)],
    })
    found.push(...(await readCalls(provider, transaction_outcome.id, alice.accountId)).calls)
  }
  return found
}
