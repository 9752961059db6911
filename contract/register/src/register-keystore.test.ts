import { type Boot, keyOriginOf } from "@outlayer/attestation/simulator"
import { keystoreReportData } from "@outlayer/protocol/pure"
import { expect, test } from "vitest"
import { create, deactivateWorker } from "./admin.ts"
import { now, updateCollateral } from "./collateral.ts"
import { FakeHost } from "./fake-host.ts"
import {
  collateralArgs,
  COMPOSE_HASH,
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

test("a keystore with keys of another KMS, of another app, or of nobody's name is refused", () => {
  const { begin, present, register, host } = newRegister()
  const keys = newKeys()
  const nonce = begin(keys.signing_key)
  const before = new Map(host.records)
  const { key_provider: name, key_provider_id: id } = keyOriginOf({ composeHash: COMPOSE_HASH })
  for (const boot of [
    { keyProvider: { name: "kms", id } },
    { keyProvider: { name, id: "ab".repeat(32) } },
    { appId: "ab".repeat(20) },
    { keyProvider: { name: "kms", id: "ab".repeat(32) }, appId: "ab".repeat(20) },
  ]) {
    expect(() => register({ ...keys, ...present(keys, nonce, boot) })).toThrow("measurement: ")
    host.records = new Map(before)
  }

  register({ ...keys, ...present(keys, nonce) })
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

test("the keystore's account alone registers one, and the next takes its place", () => {
  const { begin, present, register, host, state } = newRegister()
  const [first, second] = [newKeys(), newKeys()]
  register({ ...first, ...present(first, begin(first.signing_key)) })
  const foreign = { ...second, ...present(second, begin(second.signing_key, "init.near")) }
  // Whose key is in the environment of every worker.
  expect(() => register(foreign, "init.near")).toThrow("not_active")
  expect(() => begin(second.signing_key, "owner.near")).toThrow("not_active")

  register({ ...second, ...present(second, begin(second.signing_key)) })

  expect(getKeystore(state, host)).toMatchObject({ ...second, account_id: ACCOUNT })
})

test("until an account is named the owner registers it, and then what he registered is dead", () => {
  const { begin, present, register, host, state } = newRegister()
  state.keystoreAccount = null
  const keys = newKeys()
  const presented = { ...keys, ...present(keys, begin(keys.signing_key, "owner.near")) }

  register(presented, "owner.near")

  expect(getKeystore(state, host)).toMatchObject({ account_id: "owner.near", is_live: true })
  state.keystoreAccount = ACCOUNT
  expect(getKeystore(state, host)).toMatchObject({ is_live: false })
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
    present: (keys: ReturnType<typeof newKeys>, nonce: string, boot: Partial<Boot> = {}) => {
      const statement = { network: "localnet", register: "register.near", ...keys, nonce }
      return presentQuote(pki, keystoreReportData(host, statement), {}, boot)
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
