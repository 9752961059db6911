import { type Boot, keyOriginOf } from "@outlayer/attestation/simulator"
import { workerReportData } from "@outlayer/protocol/pure"
import { expect, test } from "vitest"
import { loadAccount } from "./accounts.ts"
import { create } from "./admin.ts"
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
import { as, DAY_NS, NEAR, newKey, stakeAs, type WorkerKey } from "./fake-register.ts"
import type { Action } from "./host.ts"
import { addMeasurement, removeMeasurement } from "./measurements.ts"
import { beginRegistration } from "./nonces.ts"
import { toActionKey } from "./public-key.ts"
import { onWorkerEntered, onWorkerSettled, registerWorkerKey } from "./register-worker.ts"
import { getWorker } from "./views.ts"

const INIT = "init.near"
const ALICE = "alice.near"
const OUTLAYER = "outlayer.near"

test("a key with a fresh quote of an approved machine is pushed to outlayer, and may settle for us", () => {
  const { register, state, host } = newRegister()
  const key = newKey()

  const receipts = register(key)

  const [pushed, entered, settled] = receipts
  expect(pushed?.to).toBe(OUTLAYER)
  const { method, args } = callOf(pushed?.actions)
  const expires_at_ns = String(host.timeNs + DAY_NS)
  expect(method).toBe("set_worker_key")
  expect(JSON.parse(args)).toEqual({
    public_key: key.text,
    expires_at_ns,
    measurement: state.measurements[0],
  })
  expect(entered).toMatchObject({ to: "register.near", after: 0 })
  expect(entered?.actions[0]).toEqual({
    kind: "addKey",
    publicKey: toActionKey(key.bytes),
    allowance: 10n * NEAR,
    receiver: OUTLAYER,
    methods: [
      "resolve_execution",
      "submit_execution_output",
      "submit_execution_output_and_resolve",
    ],
  })
  expect(callOf(entered?.actions).method).toBe("on_worker_entered")
  expect(settled?.after).toBe(1)
  expect(host.returned).toBe(1)
  expect(getWorker(state, host, { public_key: key.text })).toBeNull()

  host.result = ""
  onWorkerEntered(state, host, JSON.parse(callOf(entered?.actions).args))
  onWorkerSettled(state, host, JSON.parse(callOf(settled?.actions).args))

  expect(getWorker(state, host, { public_key: key.text })).toMatchObject({
    account_id: INIT,
    is_live: true,
    expires_at_ns,
    root: "test",
  })
  expect(host.events("worker_registered")).toMatchObject([
    { public_key: key.text, renewed: false, expires_at_ns },
  ])
  expect(state.allowances).toBe(10n * NEAR)
})

test("a nonce registers once, and a refused quote takes nothing", () => {
  const { begin, present, call, host, state } = newRegister()
  const key = newKey()
  const { nonce } = begin(key)
  const before = new Map(host.records)

  const other = present(key, "00".repeat(32))
  expect(() => call(key, other)).toThrow("report_data: ")
  // On chain the throw undoes all that the call did.
  host.records = before
  const presented = present(key, nonce)
  call(key, presented)

  expect(() => call(key, presented)).toThrow("nonce_unknown")
  expect(state.draws).toBe(1)
})

test("a quote that binds another key, network, register or role is refused", () => {
  const { begin, presentData, call, host } = newRegister()
  const key = newKey()
  const { nonce } = begin(key)
  const statement = {
    network: "localnet",
    register: "register.near",
    public_key: key.text,
    nonce,
  }
  const before = new Map(host.records)
  for (const change of [
    { public_key: newKey().text },
    { network: "testnet" },
    { register: "other.near" },
    { nonce: "11".repeat(32) },
  ]) {
    const data = workerReportData(host, { ...statement, ...change })
    expect(() => call(key, presentData(data))).toThrow("report_data: ")
    host.records = new Map(before)
  }
  const right = workerReportData(host, statement)
  for (const at of [0, 31, 32, 63]) {
    const data = right.slice()
    data[at] = (data[at] ?? 0) ^ 1
    expect(() => call(key, presentData(data))).toThrow("report_data: ")
    host.records = new Map(before)
  }
  call(key, presentData(right))
})

test("what outlayer refuses is not half registered, and its entry is taken back", () => {
  const { register, state, host } = newRegister()
  const key = newKey()
  const [, entered, settled] = register(key)
  expect(state.allowances).toBe(10n * NEAR)

  host.result = undefined
  expect(() => onWorkerEntered(state, host, JSON.parse(callOf(entered?.actions).args))).toThrow(
    "outlayer_refused",
  )
  host.receipts = []
  onWorkerSettled(state, host, JSON.parse(callOf(settled?.actions).args))

  expect(getWorker(state, host, { public_key: key.text })).toBeNull()
  expect(state.allowances).toBe(0n)
  expect(host.events("registration_failed")).toEqual([{ account_id: INIT, public_key: key.text }])
  expect(host.receipts.map(({ to, actions }) => [to, callOf(actions).method])).toEqual([
    [OUTLAYER, "remove_worker_key"],
  ])
})

test("a measurement that is withdrawn between two receipts stops the registration", () => {
  const { register, state, host, pki } = newRegister()
  const [, entered] = register(newKey())
  const { label: _, ...measurement } = measurementOfMachine(pki)
  as(host, "owner.near", () => removeMeasurement(state, host, measurement))

  host.result = ""
  expect(() => onWorkerEntered(state, host, JSON.parse(callOf(entered?.actions).args))).toThrow(
    "withdrawn meanwhile",
  )
})

test("a renewal replaces the access key with a full allowance; one that fails leaves the old registration", () => {
  const { register, finish, state, host } = newRegister()
  const key = newKey()
  finish(register(key))
  host.timeNs += DAY_NS / 2n

  const renewal = register(key)
  expect(renewal[1]?.actions.map(({ kind }) => kind)).toEqual(["deleteKey", "addKey", "call"])
  host.receipts = []
  host.result = undefined
  onWorkerSettled(state, host, JSON.parse(callOf(renewal[2]?.actions).args))
  expect(host.receipts).toEqual([])
  expect(getWorker(state, host, { public_key: key.text })).toMatchObject({ is_live: true })

  finish(register(key))
  expect(getWorker(state, host, { public_key: key.text })).toMatchObject({
    expires_at_ns: String(host.timeNs + DAY_NS),
  })
  expect(host.events("worker_registered").map(({ renewed }) => renewed)).toEqual([false, true])
  expect(state.allowances).toBe(10n * NEAR)
})

test("stakes and other keys' gas are never spent on a key's gas", () => {
  const { register, finish, state, host } = newRegister()
  const storage = () => host.storageUsage() * 10n ** 19n
  stakeAs({ state, host }, "alice.near", 50n * NEAR)
  host.account = 50n * NEAR + 15n * NEAR + storage()

  finish(register(newKey()))
  host.account = 50n * NEAR + 15n * NEAR + storage()
  const [, entered] = register(newKey())
  const [added] = entered?.actions ?? []
  const allowance = added?.kind === "addKey" ? added.allowance : 0n
  expect(allowance).toBeGreaterThan(4n * NEAR)
  expect(allowance).toBeLessThanOrEqual(5n * NEAR)
  expect(() => register(newKey())).toThrow("unfunded")
})

test("a staker's keys have no more for gas than he has staked, however often he starts anew", () => {
  const { register, finish, state, host } = newRegister()
  stakeAs({ state, host }, ALICE, 10n * NEAR)
  host.account = 1_000n * NEAR
  const allowances: bigint[] = []
  const restart = () => {
    const receipts = register(newKey(), ALICE)
    const [added] = receipts[1]?.actions ?? []
    if (added?.kind === "addKey") allowances.push(added.allowance)
    finish(receipts)
  }

  for (let count = 0; count < 4; count += 1) restart()
  expect(restart).toThrow("allowance_used_up")

  expect(allowances.map((amount) => (amount * 100n) / NEAR)).toEqual([500n, 250n, 125n, 100n])
  expect(loadAccount(host, ALICE).allowances).toBe(state.allowances)
  expect(state.allowances).toBeLessThanOrEqual(10n * NEAR)
  // Others find what is left.
  finish(register(newKey()))
})

test("two registrations at once are not granted the same part of a stake", () => {
  const { register, finish, state, host } = newRegister()
  stakeAs({ state, host }, ALICE, 10n * NEAR)
  host.account = 1_000n * NEAR
  const [first, second] = [register(newKey(), ALICE), register(newKey(), ALICE)]
  expect(loadAccount(host, ALICE).allowances).toBe((15n * NEAR) / 2n)

  host.result = undefined
  onWorkerSettled(state, host, JSON.parse(callOf(first[2]?.actions).args))
  expect(loadAccount(host, ALICE).allowances).toBe((5n * NEAR) / 2n)
  finish(second)
  expect(loadAccount(host, ALICE).allowances).toBe((5n * NEAR) / 2n)
  expect(state.allowances).toBe((5n * NEAR) / 2n)
})

test("a new key has what the account's expired ones had, and those are ended", () => {
  const { register, finish, state, host } = newRegister()
  stakeAs({ state, host }, ALICE, 10n * NEAR)
  host.account = 1_000n * NEAR
  const old = [newKey(), newKey(), newKey()]
  for (const key of old) finish(register(key, ALICE))
  host.timeNs += DAY_NS
  updateCollateral(state, host, collateralArgs(machine(), now(host) - 60))

  const receipts = register(newKey(), ALICE)

  const entered = receipts.find(({ actions }) => actions.some(({ kind }) => kind === "addKey"))
  expect(entered?.actions[0]).toMatchObject({ allowance: (10n * NEAR - (5n * NEAR) / 4n) / 2n })
  const deleted = receipts.flatMap(({ actions }) =>
    actions.filter((one) => one.kind === "deleteKey"),
  )
  expect(deleted).toHaveLength(2)
  expect(loadAccount(host, ALICE).keys).toEqual([old[2]?.text])
})

test("an account without a stake, or a contract without outlayer, registers nobody", () => {
  const { begin, present, call, state, host } = newRegister()
  const key = newKey()
  expect(() => begin(key, "stranger.near")).toThrow("not_active")
  const { nonce } = begin(key)
  const presented = present(key, nonce)
  expect(() => call(key, presented, "stranger.near")).toThrow("not_active")
  state.keystoreAccount = "keystore.near"
  begin(key, "keystore.near")
  expect(() => call(key, presented, "keystore.near")).toThrow("not_active")
  state.outlayer = null
  expect(() => call(key, presented)).toThrow("set_outlayer_contract")
  expect(host.receipts).toEqual([])
})

test("a worker's measurement that names the origin of its keys is met by no other", () => {
  const { begin, present, call, state, host, pki } = newRegister()
  const measured = measurementOfMachine(pki)
  removeMeasurement(state, host, measured)
  addMeasurement(state, host, { ...measured, ...keyOriginOf({ composeHash: COMPOSE_HASH }) })
  const key = newKey()
  const { nonce } = begin(key)
  const before = new Map(host.records)

  const other = present(key, nonce, { composeHash: COMPOSE_HASH, appId: "ab".repeat(20) })
  expect(() => call(key, other)).toThrow("measurement: ")
  host.records = before
  call(key, present(key, nonce))
})

test("without approval, or without collateral of its root, a genuine quote is refused", () => {
  const { begin, present, call, state, host } = newRegister()
  const key = newKey()
  const { nonce } = begin(key)
  const before = new Map(host.records)
  const attempt = (presented: object) => {
    host.records = new Map(before)
    return () => call(key, presented)
  }

  const other = present(key, nonce, { composeHash: "0c".repeat(32) })
  expect(attempt(other)).toThrow("measurement: ")
  const elsewhere = present(key, nonce, { composeHash: COMPOSE_HASH, appId: "ab".repeat(20) })
  expect(attempt(elsewhere)).not.toThrow()
  const { testRoot } = state
  state.testRoot = null
  expect(attempt(present(key, nonce))).toThrow("collateral_missing")
  state.testRoot = testRoot
  host.timeNs += 31n * DAY_NS
  const late = begin(key)
  const stale = present(key, late.nonce)
  expect(() => call(key, stale)).toThrow("collateral_expired")
})

function newRegister() {
  const host = new FakeHost()
  host.timeNs = 1_792_000_000_000_000_000n
  const pki = machine()
  const state = create(host, {
    owner_id: "owner.near",
    init_account_id: INIT,
    outlayer_contract_id: OUTLAYER,
    test_root_certificate: rootOf(pki),
  })
  addMeasurement(state, host, measurementOfMachine(pki))
  updateCollateral(state, host, collateralArgs(pki, now(host) - 3600))

  const begin = (key: WorkerKey, caller = INIT) =>
    as(host, caller, () => beginRegistration(state, host, { public_key: key.text }))
  const presentData = (data: Uint8Array, boot: Boot = { composeHash: COMPOSE_HASH }) =>
    presentQuote(pki, data, {}, boot)
  const present = (key: WorkerKey, nonce: string, boot: Boot = { composeHash: COMPOSE_HASH }) => {
    const statement = { network: "localnet", register: "register.near", nonce }
    return presentData(workerReportData(host, { ...statement, public_key: key.text }), boot)
  }
  const call = (key: WorkerKey, presented: object, caller = INIT) =>
    as(host, caller, () => registerWorkerKey(state, host, { public_key: key.text, ...presented }))
  /** The receipts that it leaves. */
  const register = (key: WorkerKey, caller = INIT) => {
    host.receipts = []
    const presented = present(key, begin(key, caller).nonce)
    call(key, presented, caller)
    return [...host.receipts]
  }
  const finish = ([, entered, settled]: typeof host.receipts) => {
    host.result = ""
    onWorkerEntered(state, host, JSON.parse(callOf(entered?.actions).args))
    onWorkerSettled(state, host, JSON.parse(callOf(settled?.actions).args))
    host.result = undefined
  }
  return { pki, state, host, begin, present, presentData, call, register, finish }
}

function callOf(actions: readonly Action[] = []): Action & { kind: "call" } {
  for (const action of actions) if (action.kind === "call") return action
  throw new Error("no call")
}
