/** Makes requests and settles them by hand. */
import type { NearAccount, TransactionResult } from "near-workspaces"
import { expect } from "vitest"
import { ATTACHED, type Chain, providerOf, TGAS } from "./contract-test.ts"

export const SOURCE = { repo: "https://github.com/alice/project", commit: "main" }
const USE = { instructions: 123_456, time_ms: 85 }

export interface OpenRequest {
  id: number
  /** There once the request has been answered. */
  result: Promise<TransactionResult>
}

type Json = Record<string, unknown>

/** `args` as text goes on chain letter by letter. */
export async function open(
  { outlayer }: Chain,
  from: NearAccount,
  args: Json | string,
  deposit: bigint = ATTACHED.attachedDeposit,
): Promise<OpenRequest> {
  const options = { ...ATTACHED, attachedDeposit: deposit }
  const input = typeof args === "string" ? Buffer.from(args) : args
  return opened(outlayer, () => from.callRaw(outlayer, "request_execution", input, options))
}

/** Asks by way of the client contract. */
export async function ask(
  { outlayer, caller }: Chain,
  from: NearAccount,
  args: Json,
): Promise<OpenRequest> {
  return opened(outlayer, () => from.callRaw(caller, "ask", { ...SOURCE, ...args }, ATTACHED))
}

export async function opened(
  outlayer: NearAccount,
  call: () => Promise<TransactionResult>,
): Promise<OpenRequest> {
  const { next_request_id: id } = await outlayer.view<{ next_request_id: number }>("get_stats")
  const result = call()
  await expect.poll(() => outlayer.view("get_request", { request_id: id })).not.toBeNull()
  return { id, result }
}

/** Settles with one call, as a worker does with a small answer. */
export async function resolve({ outlayer, operator }: Chain, id: number, response: Json) {
  const args = { request_id: id, response: { resources_used: USE, error: null, ...response } }
  return operator.call(outlayer, "resolve_execution", args, { gas: 300n * TGAS })
}

/** Settles with the output in storage, as a worker does with a large answer. */
export async function submitAndResolve({ outlayer, operator }: Chain, id: number, output: Json) {
  const args = { request_id: id, output, success: true, resources_used: USE }
  const method = "submit_execution_output_and_resolve"
  return operator.call(outlayer, method, args, { gas: 300n * TGAS })
}

export function failureOf(result: TransactionResult): string {
  return JSON.stringify(result.receiptFailures) + JSON.stringify(result.Failure)
}

/** The data of an event; throws if the logs have none or several. */
export function eventOf(result: TransactionResult, event: string): Json {
  const lines = result.logs.filter((log) => log.includes(`"event":"${event}"`))
  expect(lines).toHaveLength(1)
  return JSON.parse((lines[0] ?? "").slice("EVENT_JSON:".length)).data[0]
}

export async function balanceOf(account: NearAccount): Promise<bigint> {
  return BigInt((await account.balance()).total)
}

/**
 * What all receipts of a transaction burnt: its signer pays for them, the callback's too. Waits until
 * the last of them is final, refunds included, so that a balance read afterwards holds them.
 */
export async function gasPaidBy(
  chain: Chain,
  signer: NearAccount,
  result: TransactionResult,
): Promise<bigint> {
  const { hash } = result.transactionReceipt
  const { transaction_outcome: own, receipts_outcome: receipts } = await providerOf(
    chain,
  ).txStatusReceipts(hash, signer.accountId, "FINAL")
  return [own, ...receipts].reduce((sum, { outcome }) => sum + BigInt(outcome.tokens_burnt), 0n)
}
