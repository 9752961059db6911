import type { ExecutedReceipt } from "@outlayer/near"
import { expect, test } from "vitest"
import { readSettlingKey } from "./settling-key.ts"

const CONTRACT = "outlayer.near"
const KEY = "ed25519:worker"

test("the key that signed what settled a request is read, in either form of settling", () => {
  expect(read()).toBe(KEY)
  expect(read({ calls: [call("submit_execution_output_and_resolve")] })).toBe(KEY)
})

test.for([
  ["another contract's", { receiverId: "evil.near" }],
  ["another request's", { calls: [call("resolve_execution", { request_id: 8 })] }],
  ["an output's alone", { calls: [call("submit_execution_output")] }],
  ["one of several calls", { calls: [call("get_stats"), call("resolve_execution")] }],
  ["one that failed", { receipts: [receipt({ hasFailed: true })] }],
  ["one that did not come to the contract", { receipts: [receipt({ executorId: "a.near" })] }],
  [
    "one whose arguments are no JSON",
    { calls: [{ ...call("resolve_execution"), args: bytes("{") }] },
  ],
  ["one of no calls", { calls: [] }],
])("a transaction says nothing that is %s", ([, changes]) => {
  expect(read(changes as object)).toBeUndefined()
})

function read(changes: object = {}) {
  const transaction = {
    signerId: "register.near",
    publicKey: KEY,
    receiverId: CONTRACT,
    calls: [call("resolve_execution")],
    hash: "h",
    value: "",
    failure: undefined,
    gasBurnt: 1n,
    tokensBurntYocto: 1n,
    receipts: [receipt()],
    ...changes,
  }
  return readSettlingKey(transaction, CONTRACT, 7)
}

function call(method: string, args: object = { request_id: 7, response: {} }) {
  return { method, args: bytes(JSON.stringify(args)) }
}

function receipt(changes: Partial<ExecutedReceipt> = {}): ExecutedReceipt {
  const done = { gasBurnt: 1n, logs: [], value: "", hasFailed: false }
  return { id: "r", executorId: CONTRACT, ...done, ...changes }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
