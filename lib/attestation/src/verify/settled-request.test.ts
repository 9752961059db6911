import type { ExecutedReceipt } from "@outlayer/near"
import { requestHash } from "@outlayer/protocol/pure"
import { describe, expect, test } from "vitest"
import { nodePrimitives } from "../primitives.ts"
import { readSettled } from "./settled-request.ts"

const CONTRACT = "outlayer.near"
const COMMIT = "ab".repeat(20)
const ATTESTED = "cd".repeat(32)
const REQUEST = {
  request_id: 7,
  sender_id: "alice.near",
  payer_account_id: "alice.near",
  code_source: { repo: "o/r", commit: "main", build_target: "wasm32-wasip1" as const },
  resource_limits: {
    max_instructions: 1,
    max_memory_mb: 1,
    max_execution_seconds: 1,
    max_compile_seconds: 1,
  },
  input_data: "the input",
  secrets_ref: null,
  encrypted_secrets: null,
  http_hosts: null,
  response_format: "Text" as "Text" | "Bytes" | "Json",
  with_status: false,
  payment: "1",
  timestamp: "2",
}
const HASH = nodePrimitives.encodeHex(requestHash(nodePrimitives, CONTRACT, REQUEST))

describe("a request's transaction says", () => {
  test("what was asked, and how it ended", () => {
    expect(read([asked(), ended()])).toEqual({
      requestHash: HASH,
      commit: COMMIT,
      attestationHash: ATTESTED,
      instructions: "1000",
      output: bytes("grün"),
    })
  })

  test.each([
    ["Bytes", false, '"AP8="', Uint8Array.of(0, 255)],
    ["Json", false, '{"a": 1}', bytes('{"a": 1}')],
    ["Json", true, '{"status":"ok","value":[ 1]}', bytes("[ 1]")],
    ["Text", true, '{"status":"ok","value":"a\\"b"}', bytes('a"b')],
  ] as const)(
    "what came out, as %s (with status: %s)",
    (response_format, with_status, text, out) => {
      const receipts = [asked({ response_format, with_status }), ended({}, text)]

      expect(read(receipts)?.output).toEqual(out)
    },
  )

  test("with which code it failed, and that nothing is named", () => {
    const failure = { success: false, error: { code: "trap" }, attestation_hash: null }

    expect(read([asked(), ended(failure, "null")])).toMatchObject({
      attestationHash: null,
      output: { errorCode: "trap" },
    })
  })

  test("which commit was asked for, whatever its worker calls it", () => {
    const commit = "EF".repeat(20)
    const code_source = { ...REQUEST.code_source, commit }

    expect(read([asked({ code_source }), ended()])?.commit).toBe("ef".repeat(20))
  })

  test("nothing of how it ended, before it has", () => {
    expect(read([asked()])).toEqual({ requestHash: HASH, commit: undefined })
  })

  test("nothing by another's events, a failed receipt's, or those of another request", () => {
    const others = [
      { ...asked(), executorId: "evil.near" },
      { ...asked(), hasFailed: true },
      asked({ request_id: 8 }),
    ]

    expect(read(others)).toBeUndefined()
    const forged = { ...ended({ attestation_hash: "00".repeat(32) }), executorId: "evil.near" }
    expect(read([asked(), forged, ended()])?.attestationHash).toBe(ATTESTED)
  })
})

describe("an input at hand", () => {
  test("is the request's, or makes another request's hash", () => {
    expect(read([asked()], "the input")?.requestHash).toBe(HASH)
    expect(read([asked()], "another")?.requestHash).toMatch(/^(?!.*undefined)[0-9a-f]{64}$/)
    expect(read([asked()], "another")?.requestHash).not.toBe(HASH)
  })

  test("completes an event that it was too long for", () => {
    const long = asked({ input_data: null, input_in_state: true })

    expect(read([long], "the input")?.requestHash).toBe(HASH)
    // What else was too long nobody knows.
    expect(read([long], "another")?.requestHash).toBeUndefined()
    expect(read([long])?.requestHash).toBe(HASH)
  })
})

function read(receipts: ExecutedReceipt[], input?: string) {
  return readSettled(receipts, CONTRACT, 7, input)
}

function asked(changes: object = {}): ExecutedReceipt {
  const request = { ...REQUEST, request_hash: HASH, input_in_state: false, ...changes }
  return receipt("execution_requested", { request_data: JSON.stringify(request) }, "")
}

function ended(changes: object = {}, text = '"grün"'): ExecutedReceipt {
  const success = { success: true, error: null, resolved_commit: COMMIT }
  const data = {
    request_id: 7,
    ...success,
    attestation_hash: ATTESTED,
    resources_used: { instructions: 1000, time_ms: 1, compile_time_ms: 0 },
    ...changes,
  }
  return receipt("execution_completed", data, text)
}

function receipt(event: string, data: object, text: string): ExecutedReceipt {
  const line = { standard: "near-outlayer", version: "1.0.0", event, data: [data] }
  return {
    id: "r",
    executorId: CONTRACT,
    gasBurnt: 1n,
    logs: [`EVENT_JSON:${JSON.stringify(line)}`],
    value: Buffer.from(text).toString("base64"),
    hasFailed: false,
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
