import { LIMITS } from "@outlayer/protocol/pure"
import { nearToYocto } from "near-api-js"
import { expect } from "vitest"
import { expectCharge, story } from "./system.ts"

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

test("sizes around the payload of a resumption all arrive", async ({ system }) => {
  const first = await system.probe("text 800")
  // What stands around the text in the payload, but for a digit of milliseconds more or less.
  const around = JSON.stringify({
    success: true,
    output: { Text: "" },
    error: null,
    resources_used: { instructions: first.completed?.resources_used.instructions, time_ms: 1 },
    resolved_commit: first.completed?.resolved_commit,
  }).length
  const exact = LIMITS.smallPayloadBytes - around
  for (let size = exact - 3; size <= exact + 2; size += 1) {
    const answer = await system.probe(`text ${size}`)
    expect(answer.value).toBe("a".repeat(size))
  }
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
