import { DEFAULT_PRICES, LIMITS } from "@outlayer/protocol/pure"
import { beforeEach, expect, test } from "vitest"
import { withdrawFees } from "./admin.ts"
import { FakeHost } from "./fake-host.ts"
import { claimRefund, onPayout } from "./payout.ts"
import { requestExecution } from "./request-execution.ts"
import * as settlement from "./settlement.ts"
import { decodeState, encodeState, newState, type State } from "./state.ts"
import { getRequest, listPending } from "./views.ts"

const NEAR = 10n ** 24n
const PAYMENT = NEAR / 10n
const USE = { instructions: 2_000_000, time_ms: 5 }
const COST = DEFAULT_PRICES.base + 7n * 10n ** 18n

let host: FakeHost
let state: State
let untouched: [State, Map<string, string>]

beforeEach(() => {
  host = new FakeHost()
  state = newState("owner.near", "worker.near")
  untouched = [structuredClone(state), new Map()]
})

test("a success is charged by its use, and the rest goes back to the sender", () => {
  const id = request()

  resolve(id, { success: true, output: { Text: "a" }, error: null, resources_used: USE })
  expect(callBack(id)).toBe('"a"')

  expect(state.feesCharged).toBe(COST)
  expect(host.transfers).toMatchObject([{ to: "app.near", amount: PAYMENT - COST }])
  expect(completed()).toMatchObject({
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
  const ids = [request(), request(large), request()]
  for (const id of ids) {
    submitAndResolve(id, { output: { Text: "a".repeat(9000) } })
    callBack(id)
  }

  expect(host.records).toEqual(untouched[1])
  expect(state).toMatchObject({ pendingPayments: 0n, oldestOpenId: 3, completed: 3 })
})

test.each([
  [{ Bytes: "AAEC" }, '"AAEC"'],
  [{ Text: 'a "quoted"\ntext' }, '"a \\"quoted\\"\\ntext"'],
  [{ Text: "" }, '""'],
  [{ Json: { a: [1, null] } }, '{"a":[1,null]}'],
  [{ JsonText: '{"a" : 1e3}' }, '{"a" : 1e3}'],
  [null, "null"],
])("the output %j reaches the caller as %s, small or large", (output, returned) => {
  const [small, large] = [request(), request({ with_status: true })]

  resolve(small, { success: true, output, error: null, resources_used: USE })
  submitAndResolve(large, { output })

  expect(callBack(small)).toBe(returned)
  expect(callBack(large)).toBe(`{"status":"ok","value":${returned}}`)
})

test("a failure reaches the caller as null, or as its code", () => {
  const response = {
    success: false,
    output: null,
    error: { code: "trap", message: "unreachable" },
    resources_used: USE,
  }
  const [plain, withStatus] = [request(), request({ with_status: true })]
  for (const id of [plain, withStatus]) resolve(id, response)

  expect(callBack(plain)).toBe("null")
  expect(callBack(withStatus)).toBe('{"status":"error","code":"trap"}')
  expect(completed().error).toEqual({ code: "trap", message: "unreachable" })
  expect(state.feesCharged).toBe(2n * COST)
})

test("what nobody answers expires, and everything goes back", () => {
  const id = request({ payer_account_id: "alice.near", with_status: true })

  host.yields.clear()
  expect(callBack(id)).toBe('{"status":"error","code":"expired"}')

  expect(host.transfers).toMatchObject([{ to: "alice.near", amount: PAYMENT }])
  expect(completed()).toMatchObject({ success: false, error: { code: "expired" } })
  expect(state.feesCharged).toBe(0n)
})

test("the first of two answers wins, whatever their sizes", () => {
  const small = { success: true, output: { Text: "small" }, error: null, resources_used: USE }
  const [first, second] = [request(), request()]
  submitAndResolve(first, { output: { Text: "large" } })
  resolve(second, small)

  for (const id of [first, second]) {
    expect(() => submitAndResolve(id, { output: { Text: "late" } })).toThrow("already resolved")
    expect(() => resolve(id, small)).toThrow("already resolved")
  }

  expect([callBack(first), callBack(second)]).toEqual(['"large"', '"small"'])
})

test("an output submitted first waits for its resolution, and another worker may replace it", () => {
  const [halves, replaced] = [request(), request()]
  const done = { success: true, output: null, error: null, resources_used: USE }
  for (const request_id of [halves, replaced]) {
    asOperator(() => settlement.submitOutput(state, host, { request_id, output: { Text: "one" } }))
  }

  resolve(halves, done)
  submitAndResolve(replaced, { output: { Text: "two" } })

  expect(() => resolve(halves, done)).toThrow("already resolved")
  expect(callBack(halves)).toBe('"one"')
  expect(callBack(replaced)).toBe('"two"')
})

test("an output is submitted once", () => {
  const call = { request_id: request(), output: { Text: "one" } }
  asOperator(() => settlement.submitOutput(state, host, call))

  expect(() => asOperator(() => settlement.submitOutput(state, host, call))).toThrow(
    "Output already submitted for this request",
  )
})

test("a sender cancels after ten minutes, and whatever comes later pays nothing twice", () => {
  const id = request({ with_status: true })
  const cancel = () => as("app.near", () => settlement.cancelStale(state, host, { request_id: id }))

  host.timeNs += BigInt(LIMITS.cancelAfterSeconds) * 1_000_000_000n
  expect(cancel).toThrow("not yet stale")
  host.timeNs += 1n
  expect(() =>
    as("eve.near", () => settlement.cancelStale(state, host, { request_id: id })),
  ).toThrow("Only the sender")
  cancel()

  expect(completed()).toMatchObject({ error: { code: "cancelled" }, payment_charged: "0" })
  expect(callBack(id)).toBe('{"status":"error","code":"cancelled"}')
  expect(cancel).toThrow("Execution request not found")
  expect(host.transfers).toMatchObject([{ to: "app.near", amount: PAYMENT }])
})

test("an answer that is on its way cannot be cancelled", () => {
  const id = request()
  resolve(id, { success: true, output: { Text: "a" }, error: null, resources_used: USE })

  expect(() => cancelAsOwner(id)).toThrow("Execution request already resolved")
  expect(callBack(id)).toBe('"a"')
})

test.each([
  ["a short", "a"],
  // Longer than what a yield may be resumed with.
  ["a long", "a".repeat(LIMITS.outputBytes)],
])("%s answer whose callback failed is paid by the cancellation that is left", (_, Text) => {
  const id = request()
  submitAndResolve(id, { output: { Text } })
  host.yields.clear()

  cancelAsOwner(id)

  expect(completed()).toMatchObject({ success: true, payment_charged: String(COST) })
  expect(state).toMatchObject({ feesCharged: COST, pendingPayments: 0n })
  expect(host.records).toEqual(untouched[1])
})

test("only an operator settles", () => {
  const id = request()
  const response = { success: true, output: null, error: null, resources_used: USE }

  const call = () => settlement.resolveExecution(state, host, { request_id: id, response })
  expect(() => as("app.near", call)).toThrow("Only operator can call this")
})

test("a yield that is gone cannot be resumed", () => {
  const id = request()
  host.yields.clear()

  expect(() =>
    resolve(id, { success: true, output: null, error: null, resources_used: USE }),
  ).toThrow("Unable to resume execution promise")
})

test("a payload is resumed with up to 1,024 bytes", () => {
  const response = (text: string) => ({
    success: true,
    output: { Text: text },
    error: null,
    resources_used: USE,
  })
  const rest = LIMITS.smallPayloadBytes - JSON.stringify(response("")).length

  resolve(request(), response("x".repeat(rest)))
  expect(() => resolve(request(), response("x".repeat(rest + 1)))).toThrow("has 1025 bytes")
  expect(() => resolve(request(), response(`é${"x".repeat(rest - 1)}`))).toThrow("has 1025 bytes")
})

test.each([
  [
    { success: true, output: { Text: "a" }, error: { code: "trap" }, resources_used: USE },
    "A success has no error",
  ],
  [
    { success: false, output: { Text: "a" }, error: { code: "trap" }, resources_used: USE },
    "A failure has an error and no output",
  ],
  [{ success: false, output: null, error: null, resources_used: USE }, "error must be an object"],
  [{ success: false, output: null, error: { code: "oops" }, resources_used: USE }, '"oops"'],
  [
    { success: true, output: { Text: 1 }, error: null, resources_used: USE },
    "output.Text must be a string",
  ],
  [{ success: true, output: { Text: "a", Json: 1 }, error: null, resources_used: USE }, "one of"],
  [
    { success: true, output: { Bytes: [1, 2] }, error: null, resources_used: USE },
    "output.Bytes must be a string",
  ],
  [{ success: true, output: { Bytes: "AAE" }, error: null, resources_used: USE }, "must be base64"],
  [{ success: true, output: { JsonText: "" }, error: null, resources_used: USE }, "is empty"],
  [{ success: true, output: null, error: null }, "resources_used must be an object"],
  [
    { success: true, output: null, resources_used: { instructions: -1, time_ms: 0 } },
    "whole number",
  ],
  [
    { success: true, return_value: "a", resources_used: USE },
    "return_value is retired: use output",
  ],
  [{ success: true, ended: "1", resources_used: USE }, "Unknown field in response: ended"],
])("the response %j is refused: %s", (response, message) => {
  const id = request()
  expect(() => resolve(id, response)).toThrow(message)
})

test("a failure whose words fill more than a payload goes the long way", () => {
  const id = request()
  const error = { code: "compile_failed", message: "\u0001".repeat(LIMITS.errorMessageBytes) }
  const note = "n".repeat(LIMITS.compilationNoteBytes)
  submitAndResolve(id, { success: false, error, compilation_note: note })

  expect(callBack(id)).toBe("null")
  expect(completed()).toMatchObject({ error, compilation_note: note })
  expect(host.logs.at(-1)?.length).toBeLessThan(8000)
})

test.each([
  [{ compilation_note: "n".repeat(513) }, "compilation_note is longer than 512 bytes"],
  [{ resolved_commit: "n".repeat(201) }, "resolved_commit is longer than 200 bytes"],
  [
    { success: false, error: { code: "trap", message: "é".repeat(257) } },
    "error.message is longer than 512 bytes",
  ],
])("words too long for an event are refused: %#", (more, message) => {
  expect(() => submitAndResolve(request(), more)).toThrow(message)
})

test("an output has up to 32 KiB", () => {
  const text = "x".repeat(LIMITS.outputBytes)
  const bytes = Buffer.alloc(LIMITS.outputBytes).toString("base64")
  const more = Buffer.alloc(LIMITS.outputBytes + 1).toString("base64")
  submitAndResolve(request(), { output: { Text: text } })
  submitAndResolve(request(), { output: { Bytes: bytes } })

  for (const output of [{ Text: `${text}x` }, { JsonText: `"${text}"` }, { Bytes: more }]) {
    expect(() => submitAndResolve(request(), { output })).toThrow("longer than 32768 bytes")
  }
})

test("a refund that bounces is booked to the sender, who claims it once", () => {
  const id = request({ payer_account_id: "gone.near" })
  callBack(id)
  const [bounced] = host.transfers.splice(0)

  onPayout(state, host, JSON.parse(bounced?.callback.args ?? ""))
  expect(state).toMatchObject({ claimable: PAYMENT, feesCharged: 0n })
  as("app.near", () => claimRefund(state, host, {}))

  expect(host.transfers).toMatchObject([{ to: "app.near", amount: PAYMENT }])
  expect(state.claimable).toBe(0n)
  expect(() => as("app.near", () => claimRefund(state, host, {}))).toThrow("No refund is booked")
  expect(host.records).toEqual(untouched[1])
})

test("a refund that arrives is not booked", () => {
  callBack(request())
  host.result = ""
  onPayout(state, host, JSON.parse(host.transfers[0]?.callback.args ?? ""))
  expect(state.claimable).toBe(0n)
})

test("fees are withdrawn, and nothing that is owed to others", () => {
  const id = request()
  resolve(id, { success: true, output: null, error: null, resources_used: USE })
  callBack(id)
  request()

  expect(() => withdrawFees(state, host, { amount: String(COST + 1n) })).toThrow(String(COST))
  host.account = state.pendingPayments + host.storageUsage() * 10n ** 19n + 5n
  expect(withdrawFees(state, host, { receiver_id: "bank.near" })).toBe("5")
  expect(host.transfers.at(-1)).toMatchObject({ to: "bank.near", amount: 5n })

  // Nobody there: they are fees again.
  onPayout(state, host, JSON.parse(host.transfers.at(-1)?.callback.args ?? ""))
  expect(state).toMatchObject({ feesCharged: COST, feesWithdrawn: 0n })
})

test("the callback survives an answer that it cannot read", () => {
  const id = request({ with_status: true })
  host.records.set(`o${id}`, "s{\n")

  expect(callBack(id)).toBe('{"status":"error","code":"infrastructure"}')
  expect(host.transfers).toMatchObject([{ amount: PAYMENT }])
})

test("whatever happens in whatever order, each request is settled once and no yocto is lost", () => {
  for (let round = 0; round < 300; round += 1) {
    host = new FakeHost()
    state = newState("owner.near", "worker.near")
    const ids = Array.from({ length: 4 }, () => request())
    const open = new Set(ids)
    const moves = [small, large, half, cancelled]
    while (open.size > 0) {
      const id = ids[draw(ids.length)] ?? 0
      if (draw(3) === 0 && open.delete(id)) callBack(id)
      else attempt(() => moves[draw(moves.length)]?.(id))
      state = decodeState(encodeState(state))
    }
    const refunded = host.transfers.reduce((sum, { amount }) => sum + amount, 0n)
    expect(state.completed).toBe(ids.length)
    expect(state.feesCharged + refunded).toBe(PAYMENT * BigInt(ids.length))
    expect(state.pendingPayments).toBe(0n)
    expect(listPending(state, host, {})).toEqual([])
    expect(host.records).toEqual(new Map())
  }

  function small(id: number) {
    resolve(id, { success: true, output: null, error: null, resources_used: USE })
  }
  function large(id: number) {
    submitAndResolve(id, { output: { Text: "large" } })
  }
  function half(request_id: number) {
    asOperator(() => settlement.submitOutput(state, host, { request_id, output: { Text: "half" } }))
  }
  function cancelled(request_id: number) {
    if (draw(4) > 0) return
    cancelAsOwner(request_id)
  }
})

test("a settled request is unknown to the views", () => {
  const ids = [request(), request(), request()]
  callBack(ids[1] ?? 0)

  expect(getRequest(host, { request_id: ids[1] })).toBeNull()
  const listed = (args: object) =>
    listPending(state, host, args).map((listedRequest) =>
      Reflect.get(Object(listedRequest), "request_id"),
    )
  expect(listed({})).toEqual([0, 2])
  expect(listed({ limit: 1 })).toEqual([0])
  expect(listed({ from_index: 1 })).toEqual([2])
  expect(listed({ from_index: 2 })).toEqual([])
})

function request(more: object = {}): number {
  host.attached = PAYMENT * ("input_data" in more ? 10n : 1n)
  const id = state.nextRequestId
  as("app.near", () =>
    requestExecution(state, host, { code_source: { repo: "o/n", commit: "main" }, ...more }),
  )
  return id
}

function resolve(request_id: number, response: unknown): void {
  asOperator(() => settlement.resolveExecution(state, host, { request_id, response }))
}

function submitAndResolve(request_id: number, more: object): void {
  const call = { request_id, success: true, resources_used: USE, ...more }
  asOperator(() => settlement.submitOutputAndResolve(state, host, call))
}

/** Runs the callback as the chain would: with the first payload, or a failure. */
function callBack(id: number): string | undefined {
  const dataId = host.hex(host.sha256(host.utf8(`yield ${id}`)))
  host.result = host.yields.get(dataId)
  host.yields.delete(dataId)
  as(host.self(), () => settlement.onExecutionResponse(state, host, { request_id: id }))
  host.result = undefined
  return host.returned
}

/** Like a call that panics: nothing of it stays. */
function as(caller: string, call: () => void): void {
  const before = { state: structuredClone(state), records: new Map(host.records) }
  host.caller = caller
  try {
    call()
  } catch (error) {
    state = before.state
    host.records = before.records
    throw error
  }
}

function cancelAsOwner(request_id: number): void {
  as("owner.near", () => settlement.emergencyCancel(state, host, { request_id }))
}

function asOperator(call: () => void): void {
  as("worker.near", call)
}

function attempt(call: () => void): void {
  try {
    call()
  } catch {
    // A refusal is as good as any other move.
  }
}

function completed() {
  const line = host.logs.findLast((log) => log.includes("execution_completed")) ?? ""
  return JSON.parse(line.slice("EVENT_JSON:".length)).data[0]
}

function draw(end: number): number {
  return Math.floor(Math.random() * end)
}
