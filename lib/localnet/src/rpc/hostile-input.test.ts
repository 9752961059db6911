import { afterAll, beforeAll, expect, test } from "vitest"
import { type Localnet, startLocalnet } from "../start-localnet.ts"
import { METHODS } from "./methods.ts"

const HASH = "1".repeat(32)
const AMOUNTS = { amount: "x", locked: "0", code_hash: "1", storage_usage: 0 }
const KEY = { nonce: 1, permission: "FullAccess" }

const PARAMETERS: unknown[] = [
  undefined,
  null,
  [],
  {},
  1,
  1e30,
  "x",
  [null],
  [[]],
  [["a", 0]],
  [1],
  ["x", "y"],
  { block_id: -1 },
  { block_id: 1e20 },
  { block_id: "!!" },
  { block_id: 0, shard_id: 5 },
  { finality: "bad" },
  { chunk_id: "x" },
  { signed_tx_base64: "AAAA" },
  { signed_tx_base64: "%%" },
  { tx_hash: "zz", sender_account_id: "a" },
  { tx_hash: HASH, sender_account_id: "a", wait_until: "NONE" },
  { receipt_id: "0" },
  ["call/test.near/foo", "0OIl"],
  ["access_key/test.near/ed25519:zz", ""],
  ["a/b/c/d/e", "x"],
  { request_type: "view_access_key", account_id: "test.near", public_key: "bad" },
  { request_type: "view_account", account_id: "__proto__" },
  { request_type: "call_function", account_id: "near", method_name: "", args_base64: "" },
  { records: [{ Foo: 1 }] },
  { records: [{ AccessKey: { account_id: "a", public_key: "bad", access_key: KEY } }] },
  { records: [{ Account: { account_id: "a", account: AMOUNTS } }] },
  { delta_height: 0 },
]

let localnet: Localnet

beforeAll(async () => {
  localnet = await startLocalnet()
})

afterAll(() => localnet[Symbol.asyncDispose]())

test.each([...METHODS.keys()])("%s answers whatever it is given", async (method) => {
  const statuses = await Promise.all(
    PARAMETERS.map((params) => post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))),
  )

  expect(statuses.filter((status) => ![200, 400, 422].includes(status))).toEqual([])
})

test("what is no request is refused as one", async () => {
  const bodies = ["", "[]", "{", "null", "1", '{"method":1}', "[".repeat(10_000)]

  expect(await Promise.all(bodies.map(post))).toEqual(bodies.map(() => 400))
})

async function post(body: string): Promise<number> {
  const response = await fetch(localnet.url, { method: "POST", body })
  return response.status
}
