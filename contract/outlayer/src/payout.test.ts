import { beforeEach, expect, test } from "vitest"
import { withdrawFees } from "./admin.ts"
import { COST, FakeContract, PAYMENT, USE } from "./fake-contract.ts"
import { claimRefund, onPayout } from "./payout.ts"

let contract: FakeContract

beforeEach(() => {
  contract = new FakeContract()
})

test("a refund that bounces is booked to the sender, who claims it once", () => {
  const id = contract.request({ payer_account_id: "gone.near" })
  contract.callBack(id)
  const [bounced] = contract.host.transfers.splice(0)

  onPayout(contract.state, contract.host, JSON.parse(bounced?.callback.args ?? ""))
  expect(contract.state).toMatchObject({ claimable: PAYMENT, feesCharged: 0n })
  contract.as("app.near", () => claimRefund(contract.state, contract.host, {}))

  expect(contract.host.transfers).toMatchObject([{ to: "app.near", amount: PAYMENT }])
  expect(contract.state.claimable).toBe(0n)
  expect(() =>
    contract.as("app.near", () => claimRefund(contract.state, contract.host, {})),
  ).toThrow("No refund is booked")
  expect(contract.host.records).toEqual(new Map())
})

test("a refund that arrives is not booked", () => {
  contract.callBack(contract.request())
  contract.host.result = ""
  onPayout(
    contract.state,
    contract.host,
    JSON.parse(contract.host.transfers[0]?.callback.args ?? ""),
  )
  expect(contract.state.claimable).toBe(0n)
})

test("fees are withdrawn, and nothing that is owed to others", () => {
  const id = contract.request()
  contract.resolve(id, { success: true, output: null, error: null, resources_used: USE })
  contract.callBack(id)
  contract.request()

  expect(() => withdrawFees(contract.state, contract.host, { amount: String(COST + 1n) })).toThrow(
    String(COST),
  )
  const { host, state } = contract
  // What a request stores, its own payment stakes.
  host.account =
    state.pendingPayments + (host.storageUsage() - BigInt(state.paidBytes)) * 10n ** 19n + 5n
  expect(withdrawFees(contract.state, contract.host, { receiver_id: "bank.near" })).toBe("5")
  expect(contract.host.transfers.at(-1)).toMatchObject({ to: "bank.near", amount: 5n })

  // Nobody there: they are fees again.
  onPayout(
    contract.state,
    contract.host,
    JSON.parse(contract.host.transfers.at(-1)?.callback.args ?? ""),
  )
  expect(contract.state).toMatchObject({ feesCharged: COST, feesWithdrawn: 0n })
})
