import { expect, test } from "vitest"
import { attestationHash, type ResultStatement, resultReportData } from "./index.ts"
import { nodePrimitives } from "../sealing/node.ts"

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
const STATEMENT: ResultStatement = {
  network: "localnet",
  contract_id: "outlayer.near",
  request_id: 6,
  request_hash: "11".repeat(32),
  commit: "22".repeat(20),
  wasm_hash: "33".repeat(32),
  output_hash: "44".repeat(32),
  error_code: null,
  instructions: "123456789",
  block_height: 7,
  block_hash: "5".repeat(44),
  worker_key: `ed25519:${"6".repeat(44)}`,
  receipt_hash: "77".repeat(32),
}
const ATTESTATION = { statement: STATEMENT, quote: new Uint8Array([1, 2]), event_log: "[]" }

test("a statement has its golden bytes", () => {
  expect(hex(resultReportData(nodePrimitives, STATEMENT))).toBe(
    "79a617bed4ffa47835c1b5b928398fcd9fbd5c6ebc3904cca415010f0a6ce3ef".padEnd(128, "0"),
  )
  expect(attestationHash(nodePrimitives, ATTESTATION)).toBe(
    "15e2f8ad277d36c28df07a41060bf93e1147ca0ed41cee2d81741e37887dc7b0",
  )
})

test("each field of a statement changes what the quote must say", () => {
  const statements = [
    STATEMENT,
    { ...STATEMENT, output_hash: null },
    ...Object.keys(STATEMENT).map((name) => ({ ...STATEMENT, [name]: 8 })),
  ]

  const seen = statements.map((statement) => hex(resultReportData(nodePrimitives, statement)))

  expect(new Set(seen).size).toBe(statements.length)
  for (const data of seen) expect(data.slice(64)).toBe("0".repeat(64))
})

test("an attestation's name is of its statement, its quote and its log", () => {
  const others = [
    ATTESTATION,
    { ...ATTESTATION, statement: { ...STATEMENT, block_height: 8 } },
    { ...ATTESTATION, quote: new Uint8Array([1, 3]) },
    { ...ATTESTATION, event_log: "[ ]" },
  ]

  expect(new Set(others.map((one) => attestationHash(nodePrimitives, one))).size).toBe(4)
})
