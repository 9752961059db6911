/** The heaviest calls fit into 300 Tgas, which is what clients attach. */
import { beforeAll, expect, test } from "vitest"
import { FakeChain } from "./fake-chain.ts"
import { DAY_NS, measurementOf, NEAR, newKey } from "./fake-register.ts"

const ALICE = { predecessorAccountId: "alice.near" }
const MAX_KEYS = 32

let withKeys: FakeChain["storage"]
const chain = new FakeChain()

beforeAll(() => {
  call("new", { outlayer_contract_id: "outlayer.near" })
  const measurement = call("add_approved_measurements", measurementOf("a")).returned
  call("stake", {}, { ...ALICE, attachedDeposit: 20n * NEAR })
  const record = {
    account_id: "alice.near",
    measurement,
    fmspc: "b0c06f000000",
    expires_at_ns: String(BigInt(chain.timeSeconds) * 1_000_000_000n + DAY_NS),
    allowance: String(NEAR),
    reserved: "0",
  }
  const callback = {
    predecessorAccountId: "register.near",
    promiseResults: [{ status: "successful" as const, data: new Uint8Array() }],
  }
  for (let count = 0; count < MAX_KEYS; count += 1) {
    call("on_worker_entered", { ...record, public_key: newKey().text }, callback)
  }
  withKeys = chain.storage
})

test.each([
  ["unstake", {}],
  ["deactivate_worker", {}],
])("%s ends all keys that an account can have", (method, args) => {
  chain.storage = new Map(withKeys)

  const { receipts, tgas } = call(method, args, ALICE)

  expect(receipts).toHaveLength(2 * MAX_KEYS)
  expect(tgas).toBeLessThan(80)
})

test("a page of housekeeping, all of it dead", () => {
  chain.storage = new Map(withKeys)
  chain.timeSeconds += 86_400

  const { returned, receipts } = call("tidy_keys", {})

  expect(returned).toEqual({ retired: 20, forgotten: 0, keys: MAX_KEYS })
  expect(receipts).toHaveLength(40)
})

function call(...args: Parameters<FakeChain["call"]>) {
  const called = chain.call(...args)
  if (called.error !== undefined) throw new Error(`${args[0]}: ${called.error}`)
  return called
}
