import { DEFAULT_PRICES, settle } from "@outlayer/protocol/pure"
import type { NearAccount } from "near-workspaces"
import { expect } from "vitest"
import { ATTACHED, type Chain, contractTest, NEAR } from "./contract-test.ts"
import {
  balanceOf,
  eventOf,
  gasPaidBy,
  open,
  resolve,
  SOURCE,
  submitAndResolve,
} from "./requests.ts"

const PAYMENT = ATTACHED.attachedDeposit

contractTest("every ending pays the payer what the table says, to the yocto", async ({ chain }) => {
  const payer = await create(chain, "payer", NEAR)
  const use = {
    instructions: draw(1_000_000_000),
    time_ms: draw(20_000),
    compile_time_ms: draw(60_000),
  }
  const metered = {
    instructions: use.instructions,
    timeMs: use.time_ms,
    compileTimeMs: use.compile_time_ms,
  }
  const most = { ...use, time_ms: 600_000 }
  const failure = (code: string) => ({ success: false, output: null, error: { code, message: "" } })
  const { charged } = settle(DEFAULT_PRICES, PAYMENT, metered)
  const endings: [response: Record<string, unknown>, charged: bigint][] = [
    [{ success: true, output: { Text: "a" }, resources_used: use }, charged],
    [{ ...failure("trap"), resources_used: use }, charged],
    [{ ...failure("compile_failed"), resources_used: use }, charged],
    [{ ...failure("deadline_exceeded"), resources_used: use }, charged],
    [{ ...failure("capacity"), resources_used: use }, 0n],
    [{ ...failure("infrastructure"), resources_used: use }, 0n],
    [{ success: true, output: null, resources_used: most }, PAYMENT],
  ]
  for (const [response, cost] of endings) {
    const before = await balanceOf(payer)
    const { id, result } = await open(chain, chain.alice, {
      code_source: SOURCE,
      payer_account_id: payer.accountId,
    })
    await resolve(chain, id, response)

    expect(eventOf(await result, "execution_completed")).toMatchObject({
      payment_charged: String(cost),
      payment_refunded: String(PAYMENT - cost),
    })
    await expect.poll(async () => (await balanceOf(payer)) - before).toBe(PAYMENT - cost)
  }
})

contractTest("what the sender loses is what was charged, and gas", async ({ chain }) => {
  const sender = await create(chain, "sender", NEAR)
  const before = await balanceOf(sender)
  const { id, result } = await open(chain, sender, {
    code_source: SOURCE,
    input_data: "x".repeat(2000),
  })
  await submitAndResolve(chain, id, { Text: "y".repeat(3000) })
  const { payment_charged: charged } = eventOf(await result, "execution_completed")

  const gas = await gasPaidBy(chain, sender, await result)
  expect(before - (await balanceOf(sender)) - gas).toBe(BigInt(String(charged)))
})

contractTest("a refund to nobody is booked to the sender, who gets it", async ({ chain }) => {
  const { operator, outlayer } = chain
  const sender = await create(chain, "unlucky", NEAR)
  const { id, result } = await open(chain, sender, {
    code_source: SOURCE,
    payer_account_id: `gone.${sender.accountId}`,
  })
  const error = { code: "infrastructure", message: "" }
  await resolve(chain, id, { success: false, output: null, error })
  await gasPaidBy(chain, sender, await result)
  const claimable = async () =>
    (await outlayer.view<{ claimable_refunds: string }>("get_stats")).claimable_refunds
  await expect.poll(claimable).toBe(String(PAYMENT))
  const before = await balanceOf(sender)

  const claimed = await operator.call(outlayer, "claim_refund", { account_id: sender.accountId })

  expect(claimed).toBe(String(PAYMENT))
  await expect.poll(async () => (await balanceOf(sender)) - before).toBe(PAYMENT)
  expect(await claimable()).toBe("0")
})

contractTest("a payer that is deleted meanwhile loses nothing to us", async ({ chain }) => {
  const payer = await create(chain, "leaving", NEAR)
  const { id, result } = await open(chain, chain.alice, {
    code_source: SOURCE,
    payer_account_id: payer.accountId,
  })
  await payer.delete(chain.owner.accountId)
  await resolve(chain, id, { success: true, output: null })
  const { payment_refunded: refunded } = eventOf(await result, "execution_completed")

  await expect
    .poll(async () => await chain.outlayer.view("get_stats"))
    .toMatchObject({ claimable_refunds: refunded })
  expect(await chain.alice.call(chain.outlayer, "claim_refund", {})).toBe(refunded)
})

contractTest("the owner withdraws what was charged, and no more", async ({ chain }) => {
  const { owner, outlayer } = chain
  const bank = await create(chain, "bank", NEAR)
  const pending = await open(chain, chain.alice, { code_source: SOURCE })
  const stats = await outlayer.view<Record<string, string>>("get_stats")
  const fees = BigInt(stats["withdrawable_fees"] ?? 0)
  expect(fees).toBe(BigInt(stats["total_fees_collected"] ?? 0))
  expect(fees).toBeGreaterThan(0n)
  const before = await balanceOf(bank)

  const args = { amount: String(fees + 1n), receiver_id: bank.accountId }
  const tooMuch = await owner.callRaw(outlayer, "withdraw_fees", args)
  const withdrawn = await owner.call(outlayer, "withdraw_fees", { receiver_id: bank.accountId })

  expect(tooMuch.succeeded).toBe(false)
  expect(withdrawn).toBe(String(fees))
  await expect.poll(async () => (await balanceOf(bank)) - before).toBe(fees)
  expect(await outlayer.view("get_stats")).toMatchObject({ withdrawable_fees: "0" })
  await resolve(chain, pending.id, { success: true, output: null })
  await pending.result
})

contractTest("the owner cancels, and the payer gets everything back at once", async ({ chain }) => {
  const payer = await create(chain, "cancelled", NEAR)
  const before = await balanceOf(payer)
  const { id, result } = await open(chain, chain.alice, {
    code_source: SOURCE,
    payer_account_id: payer.accountId,
    with_status: true,
  })

  const cancelled = await chain.owner.callRaw(chain.outlayer, "emergency_cancel_execution", {
    request_id: id,
  })

  expect(eventOf(cancelled, "execution_completed")).toMatchObject({
    success: false,
    error: { code: "cancelled" },
    payment_charged: "0",
  })
  expect((await result).parseResult()).toEqual({ status: "error", code: "cancelled" })
  await expect.poll(async () => (await balanceOf(payer)) - before).toBe(PAYMENT)
})

function create({ worker }: Chain, name: string, initialBalance: bigint): Promise<NearAccount> {
  return worker.rootAccount.createSubAccount(name, { initialBalance })
}

function draw(end: number): number {
  return Math.floor(Math.random() * end)
}
