import { expect } from "vitest"
import { ATTACHED, contractTest, NEAR, providerOf } from "./contract-test.ts"
import { ask, balanceOf, eventOf, resolve, SOURCE } from "./requests.ts"

contractTest(
  "a request that nobody answers ends by itself, and everything goes back",
  async ({ chain }) => {
    const { worker, outlayer, alice } = chain
    const payer = await worker.rootAccount.createSubAccount("payer", { initialBalance: NEAR })
    const before = await balanceOf(payer)
    const { id, result } = await ask(chain, alice, {
      with_status: true,
      payer_account_id: payer.accountId,
    })
    const { block_height: made } = await outlayer.view<{ block_height: number }>("get_request", {
      request_id: id,
    })

    await worker.provider.fastForward(199)

    const answered = await result
    const blocks = (await providerOf(chain).block({ finality: "final" })).header.height - made
    expect(answered.parseResult()).toEqual({ status: "error", code: "expired" })
    expect(blocks).toBeGreaterThanOrEqual(200)
    expect(eventOf(answered, "execution_completed")).toMatchObject({
      request_id: id,
      code_source: SOURCE,
      success: false,
      error: { code: "expired" },
      payment_charged: "0",
      payment_refunded: String(ATTACHED.attachedDeposit),
    })
    await expect.poll(async () => (await balanceOf(payer)) - before).toBe(ATTACHED.attachedDeposit)
    await expect(resolve(chain, id, { success: true, output: null })).rejects.toThrow(
      "Execution request not found",
    )
    expect(await outlayer.view("list_pending")).toEqual({ requests: [], next_index: null })
  },
)
