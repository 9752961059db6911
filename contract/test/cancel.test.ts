import { expect } from "vitest"
import { ATTACHED, chainTest, NEAR } from "./contract-test.ts"
import { balanceOf, eventOf, failureOf, open, resolve, SOURCE } from "./requests.ts"

const BLOCK_SECONDS = 4
/** Here ten minutes pass before a yield expires. */
const slowChainTest = chainTest(`--instant --block-ms ${BLOCK_SECONDS * 1000}`)

slowChainTest(
  "a sender cancels after ten minutes, and a late answer changes nothing",
  async ({ chain }) => {
    const { worker, outlayer, alice } = chain
    const payer = await worker.rootAccount.createSubAccount("payer", { initialBalance: NEAR })
    const before = await balanceOf(payer)
    const { id, result } = await open(chain, alice, {
      code_source: SOURCE,
      payer_account_id: payer.accountId,
      with_status: true,
    })
    const cancel = () => alice.callRaw(outlayer, "cancel_stale_execution", { request_id: id })

    await worker.provider.fastForward(540 / BLOCK_SECONDS)
    const early = await cancel()
    await worker.provider.fastForward(60 / BLOCK_SECONDS)
    const cancelled = await cancel()

    expect(failureOf(early)).toContain("Execution is not yet stale, please wait")
    expect(eventOf(cancelled, "execution_completed")).toMatchObject({
      request_id: id,
      error: { code: "cancelled" },
      payment_charged: "0",
      payment_refunded: String(ATTACHED.attachedDeposit),
    })
    expect((await result).parseResult()).toEqual({ status: "error", code: "cancelled" })
    await expect(resolve(chain, id, { success: true, output: null })).rejects.toThrow(
      "Execution request not found",
    )
    await worker.provider.fastForward(200)
    await expect.poll(async () => (await balanceOf(payer)) - before).toBe(ATTACHED.attachedDeposit)
    expect(await outlayer.view("get_stats")).toMatchObject({
      total_executions: 1,
      pending_payments: "0",
      total_fees_collected: "0",
    })
  },
)
