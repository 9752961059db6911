import { keystoreReportData } from "@outlayer/protocol/pure"
import { expect, test } from "vitest"
import { create, deactivateWorker } from "./admin.ts"
import { now, updateCollateral } from "./collateral.ts"
import { FakeHost } from "./fake-host.ts"
import {
  collateralArgs,
  machine,
  measurementOfMachine,
  presentQuote,
  rootOf,
} from "./fake-machine.ts"
import { as, DAY_NS, newKey } from "./fake-register.ts"
import { addMeasurement, removeMeasurement } from "./measurements.ts"
import { beginRegistration } from "./nonces.ts"
import { getKeystore, registerKeystore } from "./register-keystore.ts"

const ACCOUNT = "keystore.near"

test("a keystore's quote binds both of its keys", () => {
  const { begin, present, register, host, state } = newRegister()
  expect(getKeystore(state, host)).toBeNull()
  const keys = newKeys()
  const presented = present(keys, begin(keys.signing_key))
  const before = new Map(host.records)
  for (const change of [
    { encryption_key: "00".repeat(32) },
    { encryption_key: keys.encryption_key.replace(/^../, "ee") },
  ]) {
    expect(() => register({ ...keys, ...change, ...presented })).toThrow("report_data: ")
    host.records = new Map(before)
  }
  const other = newKeys().signing_key
  begin(other)
  expect(() => register({ ...keys, signing_key: other, ...presented })).toThrow("report_data: ")
  host.records = before

  register({ ...keys, ...presented })

  expect(getKeystore(state, host)).toMatchObject({
    ...keys,
    account_id: ACCOUNT,
    expires_at_ns: String(host.timeNs + DAY_NS),
    is_live: true,
    root: "test",
  })
  expect(host.events("keystore_registered")).toMatchObject([keys])
})

test("a worker's measurement makes no keystore", () => {
  const { begin, present, register, host, state, pki } = newRegister()
  removeMeasurement(state, host, withoutLabel(measurementOfMachine(pki, "keystore")))
  addMeasurement(state, host, measurementOfMachine(pki, "worker"))
  const keys = newKeys()

  const presented = present(keys, begin(keys.signing_key))
  expect(() => register({ ...keys, ...presented })).toThrow("measurement: ")
})

test("its registration is dead once it expires, its measurement is withdrawn, or it is barred", () => {
  const { begin, present, register, host, state, pki } = newRegister()
  const isLive = () => getKeystore(state, host)?.is_live
  const keys = newKeys()
  register({ ...keys, ...present(keys, begin(keys.signing_key)) })
  host.timeNs += DAY_NS - 1n
  expect(isLive()).toBe(true)
  host.timeNs += 1n
  expect(isLive()).toBe(false)
  register({ ...keys, ...present(keys, begin(keys.signing_key)) })
  expect(isLive()).toBe(true)

  as(host, "owner.near", () => deactivateWorker(state, host, { account_id: ACCOUNT }))
  expect(isLive()).toBe(false)
  const nonce = begin(keys.signing_key)
  expect(() => register({ ...keys, ...present(keys, nonce) })).toThrow("not_active")
  as(host, "owner.near", () =>
    removeMeasurement(state, host, withoutLabel(measurementOfMachine(pki, "keystore"))),
  )
  expect(isLive()).toBe(false)
})

test("only the keystore's account and the init account register one, and the next takes its place", () => {
  const { begin, present, register, host, state } = newRegister()
  const [first, second] = [newKeys(), newKeys()]
  register({ ...first, ...present(first, begin(first.signing_key)) })
  const nonce = begin(second.signing_key, "init.near")
  const presented = { ...second, ...present(second, nonce) }

  expect(() => register(presented, "owner.near")).toThrow("not_active")
  register(presented, "init.near")

  expect(getKeystore(state, host)).toMatchObject({ ...second, account_id: "init.near" })
})

function newRegister() {
  const host = new FakeHost()
  host.timeNs = 1_792_000_000_000_000_000n
  const pki = machine()
  const state = create(host, {
    init_account_id: "init.near",
    test_root_certificate: rootOf(pki),
  })
  state.keystoreAccount = ACCOUNT
  addMeasurement(state, host, measurementOfMachine(pki, "keystore"))
  updateCollateral(state, host, collateralArgs(pki, now(host) - 3600))
  return {
    host,
    pki,
    state,
    begin: (public_key: string, caller = ACCOUNT) =>
      as(host, caller, () => beginRegistration(state, host, { public_key })).nonce,
    present: (keys: ReturnType<typeof newKeys>, nonce: string) => {
      const statement = { network: "localnet", register: "register.near", ...keys, nonce }
      return presentQuote(pki, keystoreReportData(host, statement))
    },
    register: (args: object, caller = ACCOUNT) =>
      as(host, caller, () => registerKeystore(state, host, args)),
  }
}

function newKeys() {
  return {
    encryption_key: Buffer.from(newKey().bytes).toString("hex"),
    signing_key: newKey().text,
  }
}

function withoutLabel(measurement: ReturnType<typeof measurementOfMachine>) {
  const { label: _, ...rest } = measurement
  return rest
}
