/** Requests that wait too long: for a worker that is not there, or for a run that does not end. */
import { createAccount } from "@outlayer/stack"
import { type Account, actions, nearToYocto } from "near-api-js"
import { expect } from "vitest"
import { z } from "zod"
import { sandbox } from "./chain.ts"
import { balanceOf, expectCharge, story, type System } from "./system.ts"

/** A yield lives 200 blocks, as on NEAR; so slow a chain comes to ten minutes before that. */
const test = story({ workers: 0, blockMs: 4_000, instant: true, yieldTimeoutBlocks: 200 })
const YIELD_BLOCKS = 200
const PAYMENT = nearToYocto("1")
const ENDLESS = { max_instructions: 100_000_000_000, max_execution_seconds: 60 }
const WATCHING = { ENABLE_EVENT_MONITOR: "true" }

test("a request that nobody answers fails by block 202, and all goes back but gas", async ({
  system,
}) => {
  const asked = system.probe("text 1", { with_status: true }, { depositYocto: PAYMENT })
  const made = await untilPending(system)
  await forwardTo(system, made + YIELD_BLOCKS - 1)
  for (let block = 0; block < 3; block += 1) await forward(system, 1)

  const answer = await asked
  expect(answer.value).toEqual({ status: "error", code: "expired" })
  expectCharge(answer, PAYMENT, "expired")
  const ended = await endOf(system, answer.transactionHash)
  expect(ended).toBeGreaterThanOrEqual(made + YIELD_BLOCKS)
  expect(ended).toBeLessThanOrEqual(made + YIELD_BLOCKS + 2)
})

test("the refund of a payer that no longer exists is booked to the sender and claimed", async ({
  system,
}) => {
  const { alice, root, outlayer } = system.accounts
  const payer = await createAccount(root, system.provider, "leaving", 1)
  const before = await balanceOf(alice)
  const question = { payer_account_id: payer.accountId }
  const asked = system.ask("text 1", question, { depositYocto: PAYMENT, directly: true })
  await untilPending(system)
  await payer.deleteAccount(root.accountId)

  await using _ = await system.addWorker(WATCHING)
  const answer = await asked

  expect(answer.value).toBe("a")
  expectCharge(answer, PAYMENT)
  const { payment_charged: charged, payment_refunded: refunded } = answer.completed ?? {}
  expect(await statsOf(system)).toMatchObject({ claimable_refunds: refunded })
  // By somebody else, so that alice pays no gas for it.
  await send(root, outlayer, "claim_refund", { account_id: alice.accountId })
  expect(await statsOf(system)).toMatchObject({ claimable_refunds: "0" })
  const lost = before - (await balanceOf(alice))
  expect(lost).toBe(BigInt(charged ?? 0) + answer.tokensBurntYocto)
})

test("a run that the chain's deadline cuts off is deadline_exceeded, and charged", async ({
  system,
}) => {
  await using _ = await system.addWorker(WATCHING)
  const question = { resource_limits: ENDLESS, with_status: true }
  const asked = system.probe("loop", question, { depositYocto: PAYMENT })
  const made = await untilPending(system)
  await untilRunning(system)
  await forwardTo(system, made + YIELD_BLOCKS - 12)

  const answer = await asked
  expect(answer.value).toEqual({ status: "error", code: "deadline_exceeded" })
  expect(answer.completed?.resources_used.time_ms).toBeGreaterThan(0)
  expectCharge(answer, PAYMENT, "deadline_exceeded")
})

test("a request can be cancelled after ten minutes, and what comes later pays nothing", async ({
  system,
}) => {
  const { alice, outlayer } = system.accounts
  await using _ = await system.addWorker(WATCHING)
  const statsBefore = await statsOf(system)
  const before = await balanceOf(alice)
  const question = { resource_limits: ENDLESS, with_status: true }
  const asked = system.ask("loop", question, { depositYocto: PAYMENT, directly: true })
  const made = await untilPending(system)
  const request_id = await untilRunning(system)
  const cancel = () => send(alice, outlayer, "cancel_stale_execution", { request_id })

  await forwardTo(system, made + 140)
  const early = await cancel()
  await forwardTo(system, made + 172)
  const cancelled = await cancel()
  const answer = await asked

  expect([early.isSuccess, cancelled.isSuccess]).toEqual([false, true])
  expect(answer.value).toEqual({ status: "error", code: "cancelled" })
  // The deadline ends the run: its worker wants to settle, and finds the request gone.
  await forwardTo(system, made + YIELD_BLOCKS - 5)
  const isGone = () =>
    system.logs.some(
      ({ msg, state, requestId }) =>
        msg === "execution done" && state === "gone" && requestId === request_id,
    )
  await expect.poll(isGone).toBe(true)
  await forwardTo(system, made + YIELD_BLOCKS + 5)

  const burnt = [answer, early, cancelled].reduce((sum, tx) => sum + tx.tokensBurntYocto, 0n)
  expect(before - (await balanceOf(alice))).toBe(burnt)
  expect(await statsOf(system)).toEqual({
    ...statsBefore,
    total_executions: statsBefore.total_executions + 1,
    next_request_id: request_id + 1,
  })
})

/** The only request that waits: when it was made. */
async function untilPending({ provider, accounts }: System): Promise<number> {
  const contractId = accounts.outlayer.accountId
  const Page = z.object({ requests: z.array(z.object({ block_height: z.number() })) })
  const read = async () => {
    const page = await provider.callFunction({ contractId, method: "list_pending", args: {} })
    return Page.parse(page).requests
  }
  await expect.poll(read, { interval: 20 }).toHaveLength(1)
  return (await read())[0]?.block_height ?? 0
}

/** The id of the request that a worker has begun to run last, once it has. */
async function untilRunning({ logs }: System): Promise<number> {
  const from = logs.length
  const find = () => logs.slice(from).find(({ msg }) => msg === "execution started")
  await expect.poll(find, { interval: 5 }).toBeDefined()
  return Number(find()?.["requestId"])
}

async function forwardTo(system: System, height: number): Promise<void> {
  const { header } = await system.provider.viewBlock({ finality: "final" })
  if (height > header.height) await forward(system, height - header.height)
}

function forward(system: System, delta_height: number): Promise<void> {
  return sandbox(system, "fast_forward", { delta_height })
}

const Outcome = z.object({
  block_hash: z.string(),
  outcome: z.object({ executor_id: z.string(), tokens_burnt: z.string() }),
})
const Status = z.object({
  status: z.record(z.string(), z.unknown()),
  transaction_outcome: Outcome,
  receipts_outcome: z.array(Outcome),
})

/** The height at which the client contract's callback ran: nothing of its runs later. */
async function endOf({ provider, accounts }: System, txHash: string): Promise<number> {
  const accountId = accounts.alice.accountId
  const reply = await provider.viewTransactionStatus({ txHash, accountId, waitUntil: "FINAL" })
  const heights = Status.parse(reply)
    .receipts_outcome.filter(({ outcome }) => outcome.executor_id === accounts.caller.accountId)
    .map(async ({ block_hash: blockId }) => (await provider.viewBlock({ blockId })).header.height)
  return Math.max(...(await Promise.all(heights)))
}

async function send(from: Account, to: Account, method: string, args: object) {
  const reply = await from.signAndSendTransaction({
    receiverId: to.accountId,
    actions: [actions.functionCall(method, args, 100n * 10n ** 12n, 0n)],
    waitUntil: "FINAL",
    throwOnFailure: false,
  })
  const { status, transaction_outcome, receipts_outcome } = Status.parse(reply)
  const tokensBurntYocto = [transaction_outcome, ...receipts_outcome].reduce(
    (sum, { outcome }) => sum + BigInt(outcome.tokens_burnt),
    0n,
  )
  return { isSuccess: "SuccessValue" in status, tokensBurntYocto }
}

const Stats = z.looseObject({ total_executions: z.number() })

async function statsOf({ provider, accounts }: System): Promise<z.infer<typeof Stats>> {
  const contractId = accounts.outlayer.accountId
  return Stats.parse(await provider.callFunction({ contractId, method: "get_stats", args: {} }))
}
