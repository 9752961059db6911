import { LIMITS } from "@outlayer/protocol/pure"
import type { Answer, LogLine } from "@outlayer/stack"
import { describeWhere, environment } from "@outlayer/testing/machine"
import { findRust } from "@outlayer/worker/rust"
import { nearToYocto } from "near-api-js"
import { expect } from "vitest"
import { z } from "zod"
import { expectCharge, story, type System } from "./system.ts"

const TARGETS = ["wasm32-wasip1", "wasm32-wasip2"] as const
const rusts = await findRust(TARGETS, environment)

const test = story()
const PAYMENT = nearToYocto("0.2")
/** The deposit covers what the contract stores until the answer is there. */
const STORAGE_TOO = { depositYocto: nearToYocto("1") }

test("a text of any size up to the largest reaches the callback", async ({ system }) => {
  for (const size of [0, 1, drawBelow(1_000), 2_000, LIMITS.outputBytes]) {
    const answer = await system.probe(`text ${size}`)
    expect(answer.value).toBe("a".repeat(size))
    expectCharge(answer, PAYMENT)
  }
})

test.for([
  [LIMITS.smallPayloadBytes - 1, "resolve_execution"],
  [LIMITS.smallPayloadBytes, "resolve_execution"],
  [LIMITS.smallPayloadBytes + 1, "submit_execution_output_and_resolve"],
] as const)("a payload of %i bytes is settled by %s", async ([bytes, method], { system }) => {
  let settled = { bytes: 0, method: "" }
  // What stands around the text differs by a digit of milliseconds more or less.
  for (let size = bytes - 300, tries = 0; settled.bytes !== bytes; size += bytes - settled.bytes) {
    expect((tries += 1)).toBeLessThan(20)
    const answer = await system.probe(`text ${size}`)
    expect(answer.value).toBe("a".repeat(size))
    settled = await readSettlement(system, answer)
  }

  expect(settled.method).toBe(method)
})

test("bytes arrive as base64", async ({ system }) => {
  for (const size of [0, 1 + drawBelow(700), LIMITS.outputBytes]) {
    const { value } = await system.probe(`bytes ${size}`, { response_format: "Bytes" })
    const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7) & 255))
    expect(value).toBe(bytes.toString("base64"))
  }
})

test("JSON arrives as the value itself, with its status where that was asked for", async ({
  system,
}) => {
  for (const size of [2, 1_500, LIMITS.outputBytes]) {
    const question = { response_format: "Json" as const, with_status: true }
    const { value } = await system.probe(`json ${size}`, question)
    expect(value).toEqual({ status: "ok", value: "a".repeat(size - 2) })
  }
})

test("input of every size up to the limit reaches the guest, and no byte more", async ({
  system,
}) => {
  for (const size of [7, 11_000, 12_500, LIMITS.inputBytes]) {
    const { value } = await system.probe("length".padEnd(size, " "), {}, STORAGE_TOO)
    expect(value).toBe(String(size))
  }
  const tooLong = await system.probe("length".padEnd(LIMITS.inputBytes + 1, " "), {}, STORAGE_TOO)
  expect(tooLong).toMatchObject({ value: null, completed: undefined })
})

test("a tag, a short hash and a full one each name their commit", async ({ system }) => {
  const commit = await system.git("probe", "rev-parse", "HEAD")
  await system.git("probe", "tag", "v1")
  for (const name of ["v1", commit.slice(0, 8), commit]) {
    const answer = await system.probe("text 1", { commit: name })
    expect(answer.value).toBe("a")
    expect(answer.completed?.resolved_commit).toBe(commit)
  }
})

for (const [index, build_target] of TARGETS.entries()) {
  describeWhere(`Rust for ${build_target}`, rusts[index] !== undefined, () => {
    test(`a guest in Rust for ${build_target} answers as one in C does`, async ({ system }) => {
      const [min, max] = [drawBelow(1_000), 1_000 + drawBelow(1_000_000)]
      const repo = system.repositories.addressOf("random-ark")
      const input = JSON.stringify({ min, max })
      const answer = await system.probe(input, { repo, build_target, response_format: "Json" })

      const { random_number: drawn } = z.object({ random_number: z.int() }).parse(answer.value)
      expect(drawn).toBeGreaterThanOrEqual(min)
      expect(drawn).toBeLessThanOrEqual(max)
      expectCharge(answer, PAYMENT)
    })
  })
}

test("the guest finds its environment", async ({ system }) => {
  const sender = await system.probe("env NEAR_SENDER_ID")
  expect(sender.value).toBe(system.accounts.caller.accountId)
  const request = await system.probe("env NEAR_REQUEST_ID")
  expect(request.value).toBe(String(request.completed?.request_id))
  expect((await system.probe("env PATH")).value).toBe("(absent)")
})

function drawBelow(end: number): number {
  return Math.floor(Math.random() * end)
}

const Settlement = z.object({
  transaction: z.object({
    actions: z.tuple([
      z.object({ FunctionCall: z.object({ method_name: z.string(), args: z.base64() }) }),
    ]),
  }),
})

/** How the chain says that an answer came: by which method, with how large a payload. */
async function readSettlement({ logs, provider, accounts }: System, { completed }: Answer) {
  const requestId = completed?.request_id
  const isSigned = (line: LogLine) =>
    line.msg === "settlement signed" && line["requestId"] === requestId
  const txHash = String(logs.find(isSigned)?.["txHash"])
  const waitUntil = "FINAL"
  const status = await provider.viewTransactionStatus({
    txHash,
    accountId: accounts.operator.accountId,
    waitUntil,
  })
  const [{ FunctionCall: call }] = Settlement.parse(status).transaction.actions
  const args: unknown = JSON.parse(Buffer.from(call.args, "base64").toString())
  const {
    request_id: _,
    response,
    ...answer
  } = z.looseObject({ response: z.unknown().optional() }).parse(args)
  const bytes = Buffer.byteLength(JSON.stringify(response ?? answer))
  return { method: call.method_name, bytes }
}
