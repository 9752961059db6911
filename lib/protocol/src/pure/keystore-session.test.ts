import { expect, test } from "vitest"
import golden from "../../fixtures/keystore-session.json" with { type: "json" }
import { nodePrimitives } from "../sealing/node.ts"
import { tweetnaclPrimitives } from "../sealing/tweetnacl.ts"
import {
  answerContext,
  hexOf,
  publicKeyBytes,
  questionBytes,
  recordBytes,
  recordHash,
  recordsBytes,
  recordsRequest,
  type ReleaseRecord,
  sessionGrantBytes,
  sessionReportData,
  sessionRequestBytes,
} from "./index.ts"

test.each([
  ["node:crypto", nodePrimitives],
  ["tweetnacl", tweetnaclPrimitives],
])("with %s everything that is signed or bound has its golden bytes", (_, primitives) => {
  const text = (bytes: Uint8Array) => primitives.fromUtf8(bytes)
  const reportData = sessionReportData(primitives, golden.statement)
  const quote = primitives.utf8("quote")
  const grant = {
    session_id: golden.question.session_id,
    expires_at_ns: 1_700_000_000_000_000_000n,
  }
  const question = questionBytes(primitives, golden.question)
  const record = golden.record as ReleaseRecord

  expect({
    reportData: hexOf(reportData),
    sessionRequest: text(sessionRequestBytes(primitives, reportData, quote)),
    sessionGrant: text(sessionGrantBytes(primitives, reportData, grant)),
    question: text(question),
    answerContext: text(answerContext(primitives, question)),
    publicKey: text(publicKeyBytes(primitives, golden.publicKey)),
    record: text(recordBytes(primitives, record)),
    recordHash: recordHash(primitives, record),
    recordsRequest: recordsRequest(golden.recordsRequest),
    records: text(recordsBytes(primitives, golden.records)),
  }).toEqual(golden.expected)
})

test("every field of a statement changes what the quote must say", () => {
  const seen = new Set([hexOf(sessionReportData(nodePrimitives, golden.statement))])
  for (const name of Object.keys(golden.statement)) {
    const changed = { ...golden.statement, [name]: "other" }
    seen.add(hexOf(sessionReportData(nodePrimitives, changed)))
  }
  expect(seen.size).toBe(1 + Object.keys(golden.statement).length)
})

test("every field of a record changes its hash", () => {
  const record = golden.record as ReleaseRecord
  const seen = new Set([recordHash(nodePrimitives, record)])
  for (const [name, value] of Object.entries(record)) {
    const other = typeof value === "number" ? value + 1 : Array.isArray(value) ? ["x"] : "other"
    seen.add(recordHash(nodePrimitives, { ...record, [name]: other }))
  }
  expect(seen.size).toBe(1 + Object.keys(record).length)
})
