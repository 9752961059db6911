import { LIMITS } from "@outlayer/protocol/pure"
import { beforeEach, expect, test } from "vitest"
import { COST, FakeContract, PAYMENT, USE } from "./fake-contract.ts"
import * as settlement from "./settlement.ts"
import { decodeState, encodeState } from "./state.ts"
import { listPending } from "./views.ts"

let contract: FakeContract

beforeEach(() => {
  contract = new FakeContract()
})

test("a success is charged by its use, and the rest goes back to the sender", () => {
  const id = contract.request()

  contract.resolve(id, { success: true, output: { Text: "a" }, error: null, resources_used: USE })
  expect(contract.callBack(id)).toBe('"a"')

  expect(contract.state.feesCharged).toBe(COST)
  expect(contract.host.transfers).toMatchObject([{ to: "app.near", amount: PAYMENT - COST }])
  expect(contract.completed()).toMatchObject({
    request_id: id,
    sender_id: "app.near",
    success: true,
    error: null,
    payment_charged: String(COST),
    payment_refunded: String(PAYMENT - COST),
  })
})

test("nothing of a settled request stays in the state", () => {
  const large = { input_data: "x".repeat(20_000) }
  const ids = [contract.request(), contract.request(large), contract.request()]
  for (const id of ids) {
    contract.submitAndResolve(id, { output: { Text: "a".repeat(9000) } })
    contract.callBack(id)
  }

  expect(contract.host.records).toEqual(new Map())
  expect(contract.state).toMatchObject({ pendingPayments: 0n, oldestOpenId: 3, completed: 3 })
})

test("a failure reaches the caller as null, or as its code", () => {
  const response = {
    success: false,
    output: null,
    error: { code: "trap", message: "unreachable" },
    resources_used: USE,
  }
  const [plain, withStatus] = [contract.request(), contract.request({ with_status: true })]
  for (const id of [plain, withStatus]) contract.resolve(id, response)

  expect(contract.callBack(plain)).toBe("null")
  expect(contract.callBack(withStatus)).toBe('{"status":"error","code":"trap"}')
  expect(contract.completed().error).toEqual({ code: "trap", message: "unreachable" })
  expect(contract.state.feesCharged).toBe(2n * COST)
})

test("what nobody answers expires, and everything goes back", () => {
  const id = contract.request({ payer_account_id: "alice.near", with_status: true })

  contract.host.yields.clear()
  expect(contract.callBack(id)).toBe('{"status":"error","code":"expired"}')

  expect(contract.host.transfers).toMatchObject([{ to: "alice.near", amount: PAYMENT }])
  expect(contract.completed()).toMatchObject({ success: false, error: { code: "expired" } })
  expect(contract.state.feesCharged).toBe(0n)
})

test("the first of two answers wins, whatever their sizes", () => {
  const small = { success: true, output: { Text: "small" }, error: null, resources_used: USE }
  const [first, second] = [contract.request(), contract.request()]
  contract.submitAndResolve(first, { output: { Text: "large" } })
  contract.resolve(second, small)

  for (const id of [first, second]) {
    expect(() => contract.submitAndResolve(id, { output: { Text: "late" } })).toThrow(
      "already resolved",
    )
    expect(() => contract.resolve(id, small)).toThrow("already resolved")
  }

  expect([contract.callBack(first), contract.callBack(second)]).toEqual(['"large"', '"small"'])
})

test("an output submitted first waits for its resolution, and another worker may replace it", () => {
  const [halves, replaced] = [contract.request(), contract.request()]
  const done = { success: true, output: null, error: null, resources_used: USE }
  for (const request_id of [halves, replaced]) {
    contract.submit(request_id, { Text: "one" })
  }

  contract.resolve(halves, done)
  contract.submitAndResolve(replaced, { output: { Text: "two" } })

  expect(() => contract.resolve(halves, done)).toThrow("already resolved")
  expect(contract.callBack(halves)).toBe('"one"')
  expect(contract.callBack(replaced)).toBe('"two"')
})

test("an output is submitted once", () => {
  const id = contract.request()
  contract.submit(id, { Text: "one" })

  expect(() => contract.submit(id, { Text: "one" })).toThrow(
    "Output already submitted for this request",
  )
})

test("a sender cancels after ten minutes, and whatever comes later pays nothing twice", () => {
  const id = contract.request({ with_status: true })
  const cancel = () =>
    contract.as("app.near", () =>
      settlement.cancelStale(contract.state, contract.host, { request_id: id }),
    )

  contract.host.timeNs += BigInt(LIMITS.cancelAfterSeconds) * 1_000_000_000n
  expect(cancel).toThrow("not yet stale")
  contract.host.timeNs += 1n
  expect(() =>
    contract.as("eve.near", () =>
      settlement.cancelStale(contract.state, contract.host, { request_id: id }),
    ),
  ).toThrow("Only the sender")
  cancel()

  expect(contract.completed()).toMatchObject({ error: { code: "cancelled" }, payment_charged: "0" })
  expect(contract.callBack(id)).toBe('{"status":"error","code":"cancelled"}')
  expect(cancel).toThrow("Execution request not found")
  expect(contract.host.transfers).toMatchObject([{ to: "app.near", amount: PAYMENT }])
})

test("an answer that is on its way cannot be cancelled", () => {
  const id = contract.request()
  contract.resolve(id, { success: true, output: { Text: "a" }, error: null, resources_used: USE })

  expect(() => contract.cancelAsOwner(id)).toThrow("Execution request already resolved")
  expect(contract.callBack(id)).toBe('"a"')
})

test.each([
  ["a short", "a"],
  // Longer than what a yield may be resumed with.
  ["a long", "a".repeat(LIMITS.outputBytes)],
])("%s answer whose callback failed is paid by the cancellation that is left", (_, Text) => {
  const id = contract.request()
  contract.submitAndResolve(id, { output: { Text } })
  contract.host.yields.clear()

  contract.cancelAsOwner(id)

  expect(contract.completed()).toMatchObject({ success: true, payment_charged: String(COST) })
  expect(contract.state).toMatchObject({ feesCharged: COST, pendingPayments: 0n })
  expect(contract.host.records).toEqual(new Map())
})

test("only an operator settles", () => {
  const id = contract.request()
  const response = { success: true, output: null, error: null, resources_used: USE }

  const call = () =>
    settlement.resolveExecution(contract.state, contract.host, { request_id: id, response })
  expect(() => contract.as("app.near", call)).toThrow("Only operator can call this")
})

test("a yield that is gone cannot be resumed", () => {
  const id = contract.request()
  contract.host.yields.clear()

  expect(() =>
    contract.resolve(id, { success: true, output: null, error: null, resources_used: USE }),
  ).toThrow("Unable to resume execution promise")
})

test("the callback survives an answer that it cannot read", () => {
  const id = contract.request({ with_status: true })
  contract.host.records.set(`o${id}`, "s{\n")

  expect(contract.callBack(id)).toBe('{"status":"error","code":"infrastructure"}')
  expect(contract.host.transfers).toMatchObject([{ amount: PAYMENT }])
})

test("whatever happens in whatever order, each request is settled once and no yocto is lost", () => {
  for (let round = 0; round < 300; round += 1) {
    contract = new FakeContract()
    const ids = Array.from({ length: 4 }, () => contract.request())
    const open = new Set(ids)
    const moves = [small, large, half, cancelled]
    while (open.size > 0) {
      const id = ids[draw(ids.length)] ?? 0
      if (draw(3) === 0 && open.delete(id)) contract.callBack(id)
      else attempt(() => moves[draw(moves.length)]?.(id))
      contract.state = decodeState(encodeState(contract.state))
    }
    const refunded = contract.host.transfers.reduce((sum, { amount }) => sum + amount, 0n)
    expect(contract.state.completed).toBe(ids.length)
    expect(contract.state.feesCharged + refunded).toBe(PAYMENT * BigInt(ids.length))
    expect(contract.state.pendingPayments).toBe(0n)
    const left = listPending(contract.state, contract.host, {})
    expect(left).toEqual({ requests: [], next_index: null })
    expect(contract.host.records).toEqual(new Map())
  }

  function small(id: number) {
    contract.resolve(id, { success: true, output: null, error: null, resources_used: USE })
  }
  function large(id: number) {
    contract.submitAndResolve(id, { output: { Text: "large" } })
  }
  function half(request_id: number) {
    contract.submit(request_id, { Text: "half" })
  }
  function cancelled(request_id: number) {
    if (draw(4) > 0) return
    contract.cancelAsOwner(request_id)
  }
})

function attempt(call: () => void): void {
  try {
    call()
  } catch {
    // A refusal is as good as any other move.
  }
}

function draw(end: number): number {
  return Math.floor(Math.random() * end)
}
