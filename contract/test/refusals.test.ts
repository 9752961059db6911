import { expect } from "vitest"
import { ATTACHED, contractTest, NEAR, TGAS } from "./contract-test.ts"
import { failureOf, open, resolve, SOURCE } from "./requests.ts"

type Json = Record<string, unknown>

const limit = (resource_limits: Json) => ({ code_source: SOURCE, resource_limits })

contractTest("a request that cannot be taken is refused by name", async ({ chain }) => {
  const refusals: [args: Json, message: string][] = [
    [limit({ max_instructions: 100_000_000_001 }), "exceeds hard limit of 100000000000"],
    [limit({ max_execution_seconds: 61 }), "exceeds hard limit of 60 seconds"],
    [limit({ max_memory_mb: 513 }), "exceeds hard limit of 512 MB"],
    [limit({ max_compile_seconds: 301 }), "exceeds hard limit of 300 seconds"],
    [limit({ max_instructions: 100_000_000_000 }), "Insufficient payment: required 176000"],
    [{}, "code_source is missing"],
    [{ code_source: { ...SOURCE, repo: "file:///etc/passwd" } }, "code_source.repo is not"],
    [{ code_source: SOURCE, input_data: { min: 1 } }, "input_data must be a string"],
    [{ code_source: SOURCE, gas: 1 }, "Unknown field in request: gas"],
    [{ code_source: SOURCE, payer_account_id: "Bob" }, "payer_account_id is not an account id"],
    [{ code_source: SOURCE, input_data: "x".repeat(20_000) }, "yoctoNEAR to store the request"],
  ]
  for (const [args, message] of refusals) {
    const result = await chain.alice.callRaw(chain.outlayer, "request_execution", args, ATTACHED)
    expect(failureOf(result)).toContain(message)
  }
})

contractTest("who may not call is told so, and nothing is taken", async ({ chain }) => {
  const { alice, operator, outlayer } = chain
  const { id, result } = await open(chain, alice, { code_source: SOURCE })
  const calls: [who: typeof alice, method: string, args: Json, message: string][] = [
    [alice, "set_paused", { paused: true }, "Only owner can call this method"],
    [alice, "withdraw_fees", {}, "Only owner can call this method"],
    [operator, "emergency_cancel_execution", { request_id: id }, "Only owner can call this"],
    [alice, "migrate", {}, "Only owner can call this method"],
    [alice, "new", { owner_id: alice.accountId }, "Contract already initialized"],
    [alice, "resolve_execution", { request_id: id, response: {} }, "Only operator can call this"],
    [alice, "on_execution_response", { request_id: id }, "Function is private"],
    [alice, "on_payout", { owner: alice.accountId, amount: "1" }, "Function is private"],
    [operator, "cancel_stale_execution", { request_id: id }, "Only the sender can cancel"],
    [alice, "cancel_stale_execution", { request_id: id }, "not yet stale"],
    [operator, "resolve_execution", { data_id: 1 }, "data_id is retired: use request_id"],
    [
      operator,
      "resolve_execution",
      { request_id: id, response: { success: true, output: { Text: "x".repeat(1000) } } },
      "resources_used must be an object",
    ],
    [operator, "resolve_execution", { request_id: 1000, response: {} }, "request not found"],
    [alice, "claim_refund", {}, "No refund is booked"],
  ]
  for (const [who, method, args, message] of calls) {
    expect(failureOf(await who.callRaw(outlayer, method, args))).toContain(message)
  }

  const error = { code: "infrastructure", message: "" }
  await resolve(chain, id, { success: false, output: null, error })
  await result
})

contractTest("a payload of 1,025 bytes is for the other method", async ({ chain }) => {
  const { id, result } = await open(chain, chain.alice, { code_source: SOURCE })
  const response = (text: string) => ({
    success: true,
    output: { Text: text },
    error: null,
    resources_used: { instructions: 1, time_ms: 1 },
  })
  const text = "x".repeat(1024 - JSON.stringify(response("")).length)
  const call = async (more: string) => {
    const args = { request_id: id, response: response(text + more) }
    const options = { gas: 300n * TGAS }
    return chain.operator.callRaw(chain.outlayer, "resolve_execution", args, options)
  }

  expect(failureOf(await call("x"))).toContain("use submit_execution_output_and_resolve")
  expect((await call("")).succeeded).toBe(true)
  expect((await result).parseResult()).toBe(text)
})

contractTest("a paused contract takes no request", async ({ chain }) => {
  await chain.owner.call(chain.outlayer, "set_paused", { paused: true })
  const args = { code_source: SOURCE }
  const paused = await chain.alice.callRaw(chain.outlayer, "request_execution", args, ATTACHED)
  await chain.owner.call(chain.outlayer, "set_paused", { paused: false })

  expect(failureOf(paused)).toContain("Contract is paused")
})

contractTest("operators and prices are what the owner says", async ({ chain }) => {
  const { owner, operator, alice, outlayer } = chain
  const set = (method: string, args: Json) => owner.call(outlayer, method, args)
  const before = await outlayer.view("get_pricing")
  await set("add_operator", { operator_id: alice.accountId })
  await set("remove_operator", { operator_id: operator.accountId })
  await set("set_pricing", { base_fee: "5", per_instruction_fee: "6" })

  expect(await outlayer.view("get_config")).toMatchObject({
    owner_id: owner.accountId,
    operator_id: alice.accountId,
    operator_ids: [alice.accountId],
  })
  expect(await outlayer.view("get_pricing")).toEqual({
    base_fee: "5",
    per_million_instructions_fee: "6",
    per_ms_fee: "1000000000000000000",
    per_compile_ms_fee: "100000000000000000",
  })
  const retired = await owner.callRaw(outlayer, "set_pricing", { per_mb_fee: "1" })
  expect(failureOf(retired)).toContain("per_mb_fee is retired: use per_ms_fee")
  await set("set_operator", { new_operator_id: operator.accountId })
  await set("set_pricing", before as Json)
  await set("migrate", {})
})

contractTest(
  "the 65th open request of a sender is refused, another's is not",
  async ({ chain }) => {
    const { worker, outlayer, alice } = chain
    const flood = await worker.rootAccount.createSubAccount("flood", { initialBalance: 50n * NEAR })
    const args = { code_source: SOURCE }
    for (let round = 1; round <= 4; round += 1) {
      const batch = flood.batch(outlayer)
      const options = { attachedDeposit: ATTACHED.attachedDeposit, gas: 60n * TGAS }
      for (let count = 0; count < 16; count += 1)
        batch.functionCall("request_execution", args, options)
      // Ends with the chain, for nobody answers.
      void batch.transact().catch(() => undefined)
      await expect
        .poll(async () => {
          const { requests } = await outlayer.view<{ requests: unknown[] }>("list_pending")
          return requests.length
        })
        .toBe(16 * round)
    }

    const refused = await flood.callRaw(outlayer, "request_execution", args, ATTACHED)
    expect(failureOf(refused)).toContain("has 64 unanswered requests")
    const { id, result } = await open(chain, alice, args)
    await resolve(chain, id, { success: true, output: null })
    expect((await result).succeeded).toBe(true)
  },
)
