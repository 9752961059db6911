import { LIMITS } from "@outlayer/protocol/pure"
import { beforeEach, expect, test } from "vitest"
import { COST, FakeContract, PAYMENT } from "./fake-contract.ts"

let contract: FakeContract

beforeEach(() => {
  contract = new FakeContract()
})

test("an answer that too many wait for fails its request, not its callback", () => {
  const id = contract.request({ with_status: true })
  contract.submitAndResolve(id, { output: { Text: "x".repeat(LIMITS.outputBytes) } })
  contract.host.waiting = 40n

  expect(contract.callBack(id)).toBe('{"status":"error","code":"output_too_large"}')

  expect(contract.completed()).toMatchObject({
    success: false,
    error: { code: "output_too_large", message: "Too many wait for an answer of 32794 bytes" },
    payment_charged: String(COST),
    payment_refunded: String(PAYMENT - COST),
  })
  expect(contract.host.records.size).toBe(0)
})

test("with a thousand waiting, whatever the length, the callback never fails", () => {
  contract.host.waiting = 1_023n
  for (const length of [0, 1, 30, 62, 63, 64, 65, 200, 1_000, LIMITS.outputBytes]) {
    const id = contract.request()
    contract.submitAndResolve(id, { output: { Text: "x".repeat(length) } })
    contract.callBack(id)
    expect(contract.completed()).toMatchObject({ success: length < 500 })
  }
  expect(contract.state.completed).toBe(10)
})

test("a few may wait for the longest answer", () => {
  contract.host.waiting = 10n
  const text = "x".repeat(LIMITS.outputBytes)
  const id = contract.request()
  contract.submitAndResolve(id, { output: { Text: text } })

  expect(contract.callBack(id)).toBe(JSON.stringify(text))
})
