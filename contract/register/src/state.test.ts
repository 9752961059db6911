import { expect, test } from "vitest"
import { create, setOutlayerContract } from "./admin.ts"
import { FakeHost } from "./fake-host.ts"
import { decodeState, encodeState, migrateState, newState } from "./state.ts"

test("the state survives its record, to the last yocto", () => {
  const state = {
    ...newState("owner.near"),
    outlayer: "outlayer.near",
    owed: 2n ** 128n - 1n,
    allowances: 10n ** 25n + 1n,
    measurements: ["a".repeat(64)],
    fmspcs: ["b0c06f000000"],
  }
  expect(decodeState(encodeState(state))).toEqual(state)
  expect(migrateState(encodeState(state))).toEqual(state)
})

test("a state of another version is refused, and nothing is made of it", () => {
  for (const text of ['{"version":2}', '{"version":0,"owner":"owner.near"}', "{}"]) {
    expect(() => decodeState(text)).toThrow("this code needs 1")
    expect(() => migrateState(text)).toThrow("this code needs 1")
  }
  expect(() => migrateState(undefined)).toThrow("must be initialized")
})

test("without arguments the deployer owns it, and registers", () => {
  const host = new FakeHost()
  host.caller = "deployer.near"

  const state = create(host, {})

  expect(state).toMatchObject({ owner: "deployer.near", initAccount: "deployer.near" })
  expect(create(host, { owner_id: "a.near", init_account_id: "b.near" })).toMatchObject({
    owner: "a.near",
    initAccount: "b.near",
    outlayer: null,
    testRoot: null,
  })
})

test.for(["mainnet", "testnet"])("no test root is taken on %s", (chain) => {
  const host = new FakeHost()
  const args = { test_root_certificate: "AAAA" }
  expect(create(host, args).testRoot).toBe("AAAA")

  host.chain = chain
  expect(() => create(host, args)).toThrow("test_root_refused")
})

test("the contract that live keys may call is not exchanged under them", () => {
  const state = { ...newState("owner.near"), outlayer: "a.near", allowances: 1n }

  setOutlayerContract(state, { outlayer_contract_id: "a.near" })
  expect(() => setOutlayerContract(state, { outlayer_contract_id: "b.near" })).toThrow("live")
})
