import { type HashedRequest, LIMITS, requestHash } from "@outlayer/protocol/pure"
import { createHash } from "node:crypto"
import { describe, expect } from "vitest"
import { ATTACHED, type Chain, contractTest, TGAS } from "./contract-test.ts"
import { ask, eventOf, failureOf, open, resolve, SOURCE, submitAndResolve } from "./requests.ts"

describe("the commands of the public system run as they are typed", () => {
  contractTest("request, answer, look", async ({ chain }) => {
    const request = await open(
      chain,
      chain.alice,
      `{"code_source": {"repo": "https://github.com/alice/project", "commit": "main", "build_target": "wasm32-wasip1"}, "resource_limits": {"max_instructions": 10000000000, "max_memory_mb": 128, "max_execution_seconds": 60}, "input_data": "{\\"min\\":1,\\"max\\":100}", "response_format": "Json"}`,
    )
    await chain.operator.call(
      chain.outlayer,
      "resolve_execution",
      Buffer.from(
        `{"request_id":${request.id},"response":{"success":true,"output":{"Json":{"random_number":42}},"error":null,"resources_used":{"instructions":123456,"time_ms":85,"compile_time_ms":null},"compilation_note":"Cached WASM from 2025-11-17T10:00:00+00:00"}}`,
      ),
      { gas: 300n * TGAS },
    )
    const result = await request.result

    expect(result.parseResult()).toEqual({ random_number: 42 })
    expect(await chain.outlayer.view("get_request", { request_id: request.id })).toBeNull()
    expect(await chain.outlayer.view("is_paused")).toBe(false)
    expect(
      await chain.outlayer.view("estimate_execution_cost", {
        resource_limits: {
          max_instructions: 10000000000,
          max_memory_mb: 128,
          max_execution_seconds: 60,
        },
      }),
    ).toBe("86000000000000000000000")
  })
})

contractTest(
  "a small answer reaches the caller, for less than 8 Tgas a call",
  async ({ chain }) => {
    const request = await open(chain, chain.alice, { code_source: SOURCE, response_format: "Json" })
    const settled = await chain.operator.callRaw(
      chain.outlayer,
      "resolve_execution",
      {
        request_id: request.id,
        response: {
          success: true,
          output: { JsonText: '{"a" : [1, null]}' },
          error: null,
          resources_used: { instructions: 123_456, time_ms: 85 },
          resolved_commit: "0123456789abcdef0123456789abcdef01234567",
        },
      },
      { gas: 300n * TGAS },
    )
    const result = await request.result

    expect(result.parseResult()).toEqual({ a: [1, null] })
    expect(eventOf(result, "execution_completed")).toMatchObject({
      request_id: request.id,
      sender_id: chain.alice.accountId,
      code_source: { ...SOURCE, build_target: "wasm32-wasip1" },
      resolved_commit: "0123456789abcdef0123456789abcdef01234567",
      resources_used: { instructions: 123_456, time_ms: 85, compile_time_ms: 0 },
      success: true,
      error: null,
    })
    for (const { outcome } of [...result.outcomesWithId, ...settled.outcomesWithId]) {
      expect(BigInt(outcome.gas_burnt)).toBeLessThan(8n * TGAS)
    }
  },
)

contractTest("every format reaches the caller, small and large", async ({ chain }) => {
  const bytes = Buffer.alloc(LIMITS.outputBytes, 7).toString("base64")
  const large = "é".repeat(LIMITS.outputBytes / 2)
  const escaped = "\u0001".repeat(LIMITS.outputBytes)
  const long = `[${"1,".repeat((LIMITS.outputBytes - 4) / 2)}10]`
  const cases: [output: Record<string, string>, value: unknown][] = [
    [{ Bytes: "AAEC" }, "AAEC"],
    [{ Text: 'a "quoted"\ntext 😀' }, 'a "quoted"\ntext 😀'],
    [{ JsonText: "1.50" }, 1.5],
    [{ Bytes: bytes }, bytes],
    [{ Text: large }, large],
    // The dearest: it makes 192 KiB of JSON, in a callback with 50 Tgas.
    [{ Text: escaped }, escaped],
    [{ JsonText: long }, JSON.parse(long)],
  ]
  for (const [output, value] of cases) {
    const isSmall = JSON.stringify(output).length < 500
    const request = await open(chain, chain.alice, { code_source: SOURCE, with_status: !isSmall })
    if (isSmall) await resolve(chain, request.id, { success: true, output })
    else await submitAndResolve(chain, request.id, output)

    const returned = (await request.result).parseResult<unknown>()
    expect(returned).toEqual(isSmall ? value : { status: "ok", value })
  }
})

contractTest("the two-call flow gives the output that was submitted", async ({ chain }) => {
  const { id, result } = await open(chain, chain.alice, { code_source: SOURCE })
  const output = { Text: "x".repeat(5000) }
  const args = { request_id: id, output }
  await chain.operator.call(chain.outlayer, "submit_execution_output", args)
  await resolve(chain, id, { success: true, output: null })

  expect((await result).parseResult()).toBe(output.Text)
})

contractTest("a request's hash is that of protocol/pure", async ({ chain }) => {
  const input = "😀".repeat(1 + Math.floor(Math.random() * 100))
  const { id, result } = await open(chain, chain.alice, {
    code_source: { repo: "git@github.com:Alice/Project.git", commit: "größe" },
    input_data: input,
    secrets_ref: { profile: "default", account_id: "bob.near" },
    encrypted_secrets: Array.from({ length: 60 }, (_, at) => at + 1),
    payer_account_id: "bob.near",
    with_status: true,
  })
  const request = await chain.outlayer.view<HashedRequest & { data_id: number[] }>("get_request", {
    request_id: id,
  })
  await resolve(chain, id, { success: false, output: null, error: { code: "infrastructure" } })
  const event = eventOf(await result, "execution_requested")

  const primitives = {
    sha256: (data: Uint8Array) => new Uint8Array(createHash("sha256").update(data).digest()),
    utf8: (text: string) => new TextEncoder().encode(text),
  }
  const hash = requestHash(primitives, chain.outlayer.accountId, request)
  const { data_id: dataId, ...announced } = request
  expect(request).toMatchObject({ request_hash: Buffer.from(hash).toString("hex") })
  expect(event["data_id"]).toEqual(dataId)
  expect(JSON.parse(String(event["request_data"]))).toEqual({ ...announced, input_in_state: false })
})

contractTest(
  "an input has up to 64 KiB, and a long one is read from the state",
  async ({ chain }) => {
    const input = "x".repeat(LIMITS.inputBytes)
    const deposit = 10n ** 24n
    const { id, result } = await open(
      chain,
      chain.alice,
      { code_source: SOURCE, input_data: input },
      deposit,
    )
    const request = await chain.outlayer.view<{ input_data: string }>("get_request", {
      request_id: id,
    })
    await resolve(chain, id, { success: true, output: null })
    const { request_data: data } = eventOf(await result, "execution_requested")

    expect(request.input_data).toBe(input)
    expect(JSON.parse(String(data))).toMatchObject({ input_data: null, input_in_state: true })
    const tooLong = chain.alice.callRaw(
      chain.outlayer,
      "request_execution",
      { code_source: SOURCE, input_data: `${input}x` },
      { ...ATTACHED, attachedDeposit: deposit },
    )
    expect(failureOf(await tooLong)).toContain("input_data is longer than 65536 bytes")
  },
)

describe("a client contract", () => {
  contractTest("keeps the answer", async ({ chain }) => {
    const { id, result } = await ask(chain, chain.alice, { response_format: "Json" })
    await resolve(chain, id, { success: true, output: { JsonText: '{"n":7}' } })

    expect((await result).parseResult()).toEqual({ n: 7 })
    expect(await answerOf(chain)).toEqual({ status: "answered", answer: { n: 7 } })
  })

  contractTest("copes with null", async ({ chain }) => {
    const { id, result } = await ask(chain, chain.alice, {})
    const error = { code: "trap", message: "unreachable" }
    await resolve(chain, id, { success: false, output: null, error })

    expect((await result).parseResult()).toBeNull()
    expect(await answerOf(chain)).toEqual({ status: "failed", answer: null })
  })

  contractTest("may ask for the code of a failure", async ({ chain }) => {
    const { id, result } = await ask(chain, chain.alice, { with_status: true })
    const error = { code: "out_of_fuel", message: "" }
    await resolve(chain, id, { success: false, output: null, error })

    expect((await result).parseResult()).toEqual({ status: "error", code: "out_of_fuel" })
    expect(await answerOf(chain)).toMatchObject({ status: "failed" })
  })

  contractTest("gives the deposit of a refused request back", async ({ chain }) => {
    const before = BigInt((await chain.caller.balance()).total)
    const args = { ...SOURCE, input: 5 }
    const result = await chain.alice.callRaw(chain.caller, "ask", args, ATTACHED)

    expect(result.parseResult()).toBeNull()
    expect(failureOf(result)).toContain("input_data must be a string")
    expect(await answerOf(chain)).toEqual({ status: "refused", answer: null })
    await expect
      .poll(async () => BigInt((await chain.caller.balance()).total) - before)
      .toBeLessThan(ATTACHED.attachedDeposit / 10n)
  })

  function answerOf({ caller, alice }: Chain): Promise<unknown> {
    return caller.view("get_answer", { account_id: alice.accountId })
  }
})
