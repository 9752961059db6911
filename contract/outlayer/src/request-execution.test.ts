import { createHash } from "node:crypto"
import commits from "@outlayer/protocol/fixtures/commits.json" with { type: "json" }
import repositories from "@outlayer/protocol/fixtures/repository-keys.json" with { type: "json" }
import { DEFAULT_PRICES, LIMITS, requestHash } from "@outlayer/protocol/pure"
import { beforeEach, expect, test } from "vitest"
import { setPaused, setPricing } from "./admin.ts"
import { FakeHost } from "./fake-host.ts"
import { requestExecution } from "./request-execution.ts"
import { onExecutionResponse, resolveExecution } from "./settlement.ts"
import { newState, type State } from "./state.ts"
import { getRequest } from "./views.ts"

const PAYMENT = 10n ** 23n
/** Of version 1, as the array of bytes that early users send. */
const ENVELOPE = Array.from({ length: 60 }, (_, at) => at + 1)
const SOURCE = { repo: "https://github.com/Owner/Name.git", commit: "main" }

let host: FakeHost
let state: State

beforeEach(() => {
  host = new FakeHost()
  host.attached = PAYMENT
  state = newState("owner.near", "worker.near")
})

test("a request is stored and announced with every default filled in", () => {
  request({ code_source: SOURCE })

  const expected = {
    request_id: 0,
    sender_id: "app.near",
    payer_account_id: "app.near",
    code_source: { ...SOURCE, build_target: "wasm32-wasip1" },
    resource_limits: {
      max_instructions: 1_000_000_000,
      max_memory_mb: 128,
      max_execution_seconds: 60,
      max_compile_seconds: 60,
    },
    input_data: "",
    secrets_ref: null,
    encrypted_secrets: null,
    http_hosts: null,
    response_format: "Text",
    with_status: false,
    payment: String(PAYMENT),
    timestamp: String(host.timeNs),
    block_height: host.height,
  }
  const hash = host.hex(requestHash(host, "outlayer.near", expected as never))
  const dataId = [...createHash("sha256").update("yield 0").digest()]
  expect(getRequest(host, { request_id: 0 })).toEqual({
    ...expected,
    data_id: dataId,
    request_hash: hash,
  })
  expect(requested()).toEqual({
    request_data: { ...expected, input_in_state: false, request_hash: hash },
    data_id: dataId,
    timestamp: String(host.timeNs),
  })
})

test("what is given is kept as it was given", () => {
  const given = {
    code_source: { repo: "o/n", commit: "0a1b2c3", build_target: "wasm32-wasip2" },
    resource_limits: { max_instructions: "5000000", max_execution_seconds: 1 },
    input_data: '{"min":1}',
    secrets_ref: { profile: "default", account_id: "bob.near" },
    encrypted_secrets: ENVELOPE,
    http_hosts: ["api.example.com", "127.0.0.1:8080"],
    response_format: "Json",
    payer_account_id: "alice.near",
    with_status: true,
  }
  request(given)

  expect(getRequest(host, { request_id: 0 })).toMatchObject({
    ...given,
    resource_limits: { max_instructions: 5_000_000, max_execution_seconds: 1, max_memory_mb: 128 },
    encrypted_secrets: Buffer.from(ENVELOPE).toString("base64"),
  })
})

test("a null field is an absent one, and wasm32-wasi is preview 1", () => {
  request({
    code_source: { ...SOURCE, build_target: "wasm32-wasi" },
    resource_limits: { max_memory_mb: null },
    input_data: null,
    secrets_ref: null,
    encrypted_secrets: null,
    http_hosts: null,
    response_format: null,
    payer_account_id: null,
    with_status: null,
  })
  expect(getRequest(host, { request_id: 0 })).toMatchObject({
    code_source: { build_target: "wasm32-wasip1" },
    resource_limits: { max_memory_mb: 128 },
  })
})

test("an input that would make the event too long is read from the state", () => {
  host.attached = PAYMENT * 10n
  const quotes = '"'.repeat(4000)
  request({ code_source: SOURCE, input_data: quotes })

  expect(requested().request_data).toMatchObject({ input_data: null, input_in_state: true })
  expect(getRequest(host, { request_id: 0 })).toMatchObject({ input_data: quotes })
})

test("the event's line has up to 12,000 bytes", () => {
  const rest = LIMITS.eventLineBytes - lineLength(0)

  expect(lineLength(rest)).toBe(LIMITS.eventLineBytes)
  expect(lineLength(rest + 1)).toBeLessThan(2000)

  function lineLength(inputLength: number): number {
    host = new FakeHost()
    host.attached = PAYMENT * 10n
    const fresh = newState("owner.near", "worker.near")
    const args = { code_source: SOURCE, input_data: "x".repeat(inputLength) }
    requestExecution(fresh, host, args)
    return Buffer.byteLength(host.logs.at(-1) ?? "")
  }
})

test("an input has up to 64 KiB of UTF-8", () => {
  host.attached = 10n ** 24n
  request({ code_source: SOURCE, input_data: "é".repeat(LIMITS.inputBytes / 2) })
  expect(() =>
    request({ code_source: SOURCE, input_data: `${"é".repeat(LIMITS.inputBytes / 2)}x` }),
  ).toThrow("input_data is longer than 65536 bytes")
})

test("every spelling of a repository is taken as it is, and nothing else", () => {
  host.attached = PAYMENT
  for (const repo of Object.keys(repositories.keys)) {
    request({ code_source: { repo, commit: "main" } })
    onExecutionResponse(state, host, { request_id: state.nextRequestId - 1 })
  }
  for (const repo of repositories.refused) {
    expect(() => request({ code_source: { repo, commit: "main" } })).toThrow("code_source.repo")
  }
  for (const commit of commits.refused) {
    expect(() => request({ code_source: { repo: "o/n", commit } })).toThrow("code_source.commit")
  }
})

test.each([
  [[], "request must be an object"],
  [{}, "code_source is missing"],
  [{ code_source: "o/n" }, "code_source must be an object"],
  [{ code_source: { repo: "o/n" } }, "code_source.commit is missing"],
  [{ code_source: { commit: "main" } }, "code_source.repo is missing"],
  [{ code_source: { ...SOURCE, branch: "main" } }, "Unknown field in code_source: branch"],
  [{ code_source: { ...SOURCE, build_target: "x86" } }, "code_source.build_target must be"],
  [{ code_source: { ...SOURCE, commit: "a\ud800" } }, "code_source.commit"],
  [{ code_source: SOURCE, params: {} }, "Unknown field in request: params"],
  [{ code_source: SOURCE, __proto: 1 }, "Unknown field in request: __proto"],
  [{ code_source: SOURCE, constructor: 1 }, "Unknown field in request: constructor"],
  [{ code_source: SOURCE, input_data: { a: 1 } }, "input_data must be a string"],
  [{ code_source: SOURCE, input_data: "a\udc00" }, "half of a surrogate pair"],
  [{ code_source: SOURCE, resource_limits: [] }, "resource_limits must be an object"],
  [
    { code_source: SOURCE, resource_limits: { max_instructions: 1.5 } },
    "resource_limits.max_instructions must be a whole number",
  ],
  [{ code_source: SOURCE, resource_limits: { max_memory_mb: -1 } }, "must be a whole number"],
  [{ code_source: SOURCE, resource_limits: { max_memory_mb: "0" } }, "must be at least 1"],
  [{ code_source: SOURCE, resource_limits: { max_gas: 1 } }, "max_gas"],
  [
    { code_source: SOURCE, resource_limits: { max_instructions: 100_000_000_001 } },
    "Requested max_instructions 100000000001 exceeds hard limit of 100000000000",
  ],
  [
    { code_source: SOURCE, resource_limits: { max_execution_seconds: "61" } },
    "Requested max_execution_seconds 61 exceeds hard limit of 60 seconds",
  ],
  [
    { code_source: SOURCE, resource_limits: { max_memory_mb: 513 } },
    "Requested max_memory_mb 513 exceeds hard limit of 512 MB",
  ],
  [
    { code_source: SOURCE, resource_limits: { max_compile_seconds: 301 } },
    "Requested max_compile_seconds 301 exceeds hard limit of 300 seconds",
  ],
  [{ code_source: SOURCE, secrets_ref: { profile: "a" } }, "secrets_ref.account_id is missing"],
  [
    { code_source: SOURCE, secrets_ref: { profile: "a/b", account_id: "bob.near" } },
    "secrets_ref.profile must be",
  ],
  [{ code_source: SOURCE, encrypted_secrets: "%%" }, "encrypted_secrets must be base64"],
  [{ code_source: SOURCE, encrypted_secrets: [1, 2] }, "encrypted_secrets is no sealed envelope"],
  [{ code_source: SOURCE, encrypted_secrets: [256] }, "encrypted_secrets must be base64"],
  [
    { code_source: SOURCE, encrypted_secrets: Buffer.alloc(16_385).toString("base64") },
    "encrypted_secrets is longer than 16384 bytes",
  ],
  [{ code_source: SOURCE, http_hosts: "a.com" }, "http_hosts must be an array"],
  [{ code_source: SOURCE, http_hosts: [1] }, "an item of http_hosts must be a string"],
  [
    { code_source: SOURCE, http_hosts: ["a.com", "A.com"] },
    "http_hosts must be host or host:port, in lower case: A.com",
  ],
  [
    { code_source: SOURCE, http_hosts: Array.from({ length: 17 }, (_, at) => `a${at}`) },
    "http_hosts has more than 16 items",
  ],
  [{ code_source: SOURCE, response_format: "json" }, "response_format must be"],
  [{ code_source: SOURCE, payer_account_id: "Alice" }, "payer_account_id is not an account id"],
  [{ code_source: SOURCE, payer_account_id: "a" }, "payer_account_id is not an account id"],
  [{ code_source: SOURCE, with_status: 1 }, "with_status must be true or false"],
])("the request %j is refused: %s", (args, message) => {
  expect(() => request(args)).toThrow(message)
})

test("the deposit covers the estimate", () => {
  host.attached = 77n * 10n ** 21n - 1n
  expect(() => request({ code_source: SOURCE })).toThrow(
    `Insufficient payment: required ${77n * 10n ** 21n} yoctoNEAR for requested limits (max_instructions: 1000000000, max_execution_seconds: 60), got ${host.attached} yoctoNEAR`,
  )
  host.attached += 1n
  request({ code_source: SOURCE })
})

test("the deposit covers the storage of its request, to the yocto", () => {
  const args = { code_source: SOURCE, input_data: "x".repeat(50_000) }
  let needed = 0n
  try {
    request(args)
  } catch (error) {
    needed = BigInt(/required (\d+) yoctoNEAR to store/.exec(String(error))?.[1] ?? 0)
  }
  host.records.clear()
  const stake = () => host.storageUsage() * BigInt(LIMITS.storageYoctoPerByte)

  host.attached = needed
  request(args)

  expect(needed).toBeGreaterThan(5n * 10n ** 23n)
  expect(stake()).toBeLessThanOrEqual(needed)
  expect(BigInt(state.paidBytes + bytesOfCount())).toBe(host.storageUsage())
  // The longest sender's id and count, and a short answer.
  const spare = 100n + BigInt(LIMITS.smallPayloadBytes + 64)
  expect(needed - stake()).toBeLessThan(spare * BigInt(LIMITS.storageYoctoPerByte))
})

test("a paused contract takes no request, and answers those that it has", () => {
  request({ code_source: SOURCE })
  setPaused(state, { paused: true })

  expect(() => request({ code_source: SOURCE })).toThrow("Contract is paused")
  onExecutionResponse(state, host, { request_id: 0 })
  expect(state.completed).toBe(1)
})

test("a sender has up to 64 unanswered requests, others are not held up", () => {
  for (let id = 0; id < LIMITS.unansweredRequestsPerSender; id += 1)
    request({ code_source: SOURCE })
  expect(() => request({ code_source: SOURCE })).toThrow("app.near has 64 unanswered requests")
  host.caller = "other.near"
  request({ code_source: SOURCE })

  onExecutionResponse(state, host, { request_id: 0 })
  host.caller = "app.near"
  request({ code_source: SOURCE })
  expect(() => request({ code_source: SOURCE })).toThrow("app.near has 64 unanswered requests")
})

test("a request is charged at the prices of its creation", () => {
  request({ code_source: SOURCE })
  setPricing(state, { base_fee: "1", per_instruction_fee: "2", per_ms_fee: "3" })

  host.caller = "worker.near"
  const response = { success: true, output: null, resources_used: { instructions: 0, time_ms: 0 } }
  resolveExecution(state, host, { request_id: 0, response })
  onExecutionResponse(state, host, { request_id: 0 })

  expect(state.feesCharged).toBe(DEFAULT_PRICES.base)
  expect(state.prices).toEqual({
    base: 1n,
    perMillionInstructions: 2n,
    perMs: 3n,
    perCompileMs: DEFAULT_PRICES.perCompileMs,
  })
})

test.each([
  [{ per_mb_fee: "1" }, "per_mb_fee is retired: use per_ms_fee"],
  [{ per_second_fee: "1" }, "per_second_fee is retired: use per_ms_fee"],
  [{ base_fee: 1 }, "base_fee must be yoctoNEAR in decimal digits, as a string"],
  [{ base_fee: String(2n ** 128n) }, "base_fee must be yoctoNEAR"],
])("the pricing %j is refused: %s", (args, message) => {
  expect(() => setPricing(state, args)).toThrow(message)
})

/** A call that panics leaves nothing. */
function request(args: unknown): void {
  const before = { state: structuredClone(state), records: new Map(host.records) }
  try {
    requestExecution(state, host, args)
  } catch (error) {
    state = before.state
    host.records = before.records
    throw error
  }
}

function bytesOfCount(): number {
  const [, value = ""] = [...host.records].find(([key]) => key === "napp.near") ?? []
  return 40 + "napp.near".length + value.length
}

function requested() {
  const { data } = JSON.parse((host.logs.at(-1) ?? "").slice("EVENT_JSON:".length))
  return { ...data[0], request_data: JSON.parse(data[0].request_data) }
}
