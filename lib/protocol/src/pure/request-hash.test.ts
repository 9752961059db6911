import { expect, test } from "vitest"
import cases from "../../fixtures/request-hashes.json" with { type: "json" }
import { canonicalRequest, type HashedRequest, requestHash } from "./index.ts"
import { nodePrimitives } from "../sealing/node.ts"

test.each(cases)("request $request.request_id of $contract_id has its golden hash", (golden) => {
  const request = golden.request as HashedRequest
  const hash = requestHash(nodePrimitives, golden.contract_id, request)
  expect(canonicalRequest(golden.contract_id, request)).toBe(golden.canonical)
  expect(Buffer.from(hash).toString("hex")).toBe(golden.hash)
})

test("the bytes can be read back: no two requests share them", () => {
  for (let round = 0; round < 2_000; round += 1) {
    const request = drawRequest()
    expect(decode(canonicalRequest("outlayer.near", request))).toEqual([
      "outlayer.near",
      String(request.request_id),
      request.sender_id,
      request.payer_account_id,
      request.code_source.repo,
      request.code_source.commit,
      request.code_source.build_target,
      ...Object.values(request.resource_limits).map(String),
      request.input_data,
      request.response_format,
      String(request.with_status),
      request.secrets_ref?.profile ?? null,
      request.secrets_ref?.account_id ?? null,
      request.encrypted_secrets,
      request.http_hosts?.map((host) => `${host.length}:${host};`).join("") ?? null,
      request.payment,
      request.timestamp,
    ])
  }
})

/** A slow twin of the encoder. */
function decode(canonical: string): (string | null)[] {
  const fields: (string | null)[] = []
  let rest = canonical.slice("outlayer-request-1;".length)
  while (rest !== "") {
    const length = /^(\d+):/.exec(rest)
    const start = length?.[0].length ?? 1
    const end = start + Number(length?.[1] ?? 0)
    fields.push(length ? rest.slice(start, end) : null)
    expect(rest[end]).toBe(";")
    rest = rest.slice(end + 1)
  }
  return fields
}

function drawRequest(): HashedRequest {
  return {
    request_id: drawBelow(1e9),
    sender_id: drawText(),
    payer_account_id: drawText(),
    code_source: { repo: drawText(), commit: drawText(), build_target: "wasm32-wasip1" },
    resource_limits: {
      max_instructions: drawBelow(1e11),
      max_memory_mb: drawBelow(512),
      max_execution_seconds: drawBelow(60),
      max_compile_seconds: drawBelow(300),
    },
    input_data: drawText(),
    response_format: "Text",
    with_status: drawBelow(2) === 0,
    secrets_ref: drawBelow(2) === 0 ? null : { profile: drawText(), account_id: drawText() },
    encrypted_secrets: drawBelow(2) === 0 ? null : drawText(),
    http_hosts: drawBelow(2) === 0 ? null : Array.from({ length: drawBelow(3) }, drawText),
    payment: drawText(),
    timestamp: drawText(),
  }
}

function drawText(): string {
  const units = ["-;", "1:", ";", ":", "2:ab;", "é", "😀", "\n", "0", "a"]
  return Array.from({ length: drawBelow(6) }, () => units[drawBelow(units.length)]).join("")
}

function drawBelow(end: number): number {
  return Math.floor(Math.random() * end)
}
