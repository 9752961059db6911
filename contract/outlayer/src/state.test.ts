import { expect, test } from "vitest"
import * as admin from "./admin.ts"
import { FakeHost } from "./fake-host.ts"
import { decodeState, encodeState, migrateState, newState } from "./state.ts"

test("the state survives its record, to the last yocto", () => {
  const state = {
    ...newState("owner.near", "worker.near"),
    paused: true,
    keystore: "keystore.near",
    nextRequestId: 2 ** 53 - 1,
    feesCharged: 2n ** 128n - 1n,
    feesWithdrawn: 1n,
    pendingPayments: 10n ** 24n + 1n,
    paidBytes: 2 ** 50,
    claimable: 3n,
  }
  expect(decodeState(encodeState(state))).toEqual(state)
})

test("a state of another version is refused, and nothing is made of it", () => {
  for (const text of ["[3,1]", "[0]", '{"owner_id":"owner.near"}', ""]) {
    expect(() => decodeState(text)).toThrow("this code needs 2")
    expect(() => migrateState(text)).toThrow("this code needs 2")
  }
  expect(() => migrateState(undefined)).toThrow("must be initialized")
})

test("a state of version 1 is read before it is migrated, for callbacks do not wait", () => {
  const state = { ...newState("owner.near", "worker.near"), claimable: 7n, pendingPayments: 5n }
  const [, ...fields] = JSON.parse(encodeState(state)) as unknown[]
  const first = JSON.stringify([1, ...fields.slice(0, -1)])

  expect(decodeState(first)).toEqual(state)
  expect(migrateState(first)).toEqual(state)
  expect(encodeState(decodeState(first))).toMatch(/^\[2,/)
})

test("migrating twice changes nothing", () => {
  const state = newState("owner.near", "worker.near")
  expect(migrateState(encodeState(state))).toEqual(state)
})

test("only the owner is the owner, also after the contract changed hands", () => {
  const state = newState("owner.near", "worker.near")
  const host = new FakeHost()
  host.caller = "heir.near"
  expect(() => admin.requireOwner(state, host)).toThrow("Only owner can call this method")

  admin.setOwner(state, { new_owner_id: "heir.near" })

  admin.requireOwner(state, host)
  host.caller = "owner.near"
  expect(() => admin.requireOwner(state, host)).toThrow("Only owner can call this method")
})

test("operators come and go, but for the last, and there are never many", () => {
  const state = newState("owner.near", "worker.near")
  expect(() => admin.removeOperator(state, { operator_id: "worker.near" })).toThrow("last operator")
  for (let number = 1; number < 16; number += 1) {
    admin.addOperator(state, { operator_id: `worker-${number}.near` })
  }
  admin.addOperator(state, { operator_id: "worker.near" })
  expect(() => admin.addOperator(state, { operator_id: "more.near" })).toThrow("16 operators")

  admin.removeOperator(state, { operator_id: "worker.near" })
  expect(() => admin.removeOperator(state, { operator_id: "worker.near" })).toThrow("no operator")
  admin.setOperator(state, { new_operator_id: "new.near" })

  expect(state.operators).toEqual(["new.near"])
})
