import { encodePublicKey } from "@outlayer/protocol/pure"
import { beforeEach, expect, test } from "vitest"
import { FakeContract, USE } from "./fake-contract.ts"
import * as settlement from "./settlement.ts"
import * as workerKeys from "./worker-keys.ts"

const REGISTER = "register.near"
const KEY = new Uint8Array(32).fill(7)
const MEASUREMENT = "ab".repeat(32)
const HOUR_NS = 3_600_000_000_000n

let contract: FakeContract

beforeEach(() => {
  contract = new FakeContract()
  contract.state.register = REGISTER
})

test("a registered key settles, by every way, from the register contract's account", () => {
  enter()

  for (const id of [0, 1]) contract.request({ with_status: id === 1 })
  asWorker(() => resolve(0))
  asWorker(() => {
    const { host, state } = contract
    const call = { request_id: 1, output: { Text: "a" }, success: true, resources_used: USE }
    settlement.submitOutputAndResolve(state, host, call)
  })

  expect(contract.callBack(0)).toBe("null")
  expect(contract.callBack(1)).toBe('{"status":"ok","value":"a"}')
})

test("the account without the key, and the key without the account, settle nothing", () => {
  enter()
  contract.request()

  expect(() => asWorker(() => resolve(0), { key: new Uint8Array(32) })).toThrow("not registered")
  expect(() => asWorker(() => resolve(0), { account: "app.near" })).toThrow("Only operator")
  // Of another curve, with the same bytes.
  contract.host.signedBy = Uint8Array.of(1, ...KEY)
  expect(() => contract.as(REGISTER, () => resolve(0))).toThrow("not registered")
})

test("a key dies in the nanosecond in which it expires, and lives again when it is renewed", () => {
  const end = contract.host.timeNs + HOUR_NS
  enter({ expires_at_ns: String(end) })
  for (const _ of [0, 1]) contract.request()

  contract.host.timeNs = end - 1n
  asWorker(() => resolve(0))
  contract.host.timeNs = end
  expect(isLive()).toBe(false)
  expect(() => asWorker(() => resolve(1))).toThrow("This worker key has expired")

  enter({ expires_at_ns: String(end + HOUR_NS) })
  asWorker(() => resolve(1))
})

test("a withdrawn measurement kills its keys at once, and those of no other", () => {
  const other = new Uint8Array(32).fill(8)
  enter()
  enter({ public_key: encodePublicKey(other), measurement: "cd".repeat(32) })
  for (const _ of [0, 1]) contract.request()

  withdraw()

  expect(isLive()).toBe(false)
  expect(() => asWorker(() => resolve(0))).toThrow("has a measurement that was withdrawn")
  asWorker(() => resolve(1), { key: other })
})

test("approved again, a measurement needs new registrations", () => {
  enter()
  contract.request()
  withdraw()
  expect(() => enter()).toThrow("has a measurement that was withdrawn")

  contract.host.timeNs += 1n
  expect(() => asWorker(() => resolve(0))).toThrow("was withdrawn")
  enter()

  asWorker(() => resolve(0))
})

test("a removed key settles nothing, and is removed once or twice", () => {
  enter()
  contract.request()
  const remove = () =>
    asRegister(() => workerKeys.removeWorkerKey(contract.state, contract.host, publicKey()))

  remove()
  remove()

  expect(workerKeys.getWorkerKey(contract.host, publicKey())).toBeNull()
  expect(() => asWorker(() => resolve(0))).toThrow("not registered")
})

test("only the register contract enters, removes and withdraws, and nobody where there is none", () => {
  const { host, state } = contract
  const calls = [
    () => workerKeys.setWorkerKey(state, host, {}),
    () => workerKeys.removeWorkerKey(state, host, {}),
    () => workerKeys.withdrawMeasurement(state, host, {}),
  ]
  for (const caller of ["owner.near", "worker.near", "outlayer.near"]) {
    for (const call of calls) expect(() => contract.as(caller, call)).toThrow("Only the register")
  }
  state.register = null
  for (const call of calls) expect(() => asRegister(call)).toThrow("Only the register contract")
})

test.each([
  [{ public_key: "ed25519:abc" }, "public_key is not an ed25519 key"],
  [{ public_key: "secp256k1:abc" }, "public_key is not an ed25519 key"],
  [{ expires_at_ns: 5 }, "expires_at_ns must be nanoseconds in decimal digits"],
  [{ expires_at_ns: "18446744073709551616" }, "expires_at_ns must be nanoseconds"],
  [{ expires_at_ns: "1" }, "This worker key has expired"],
  [{ measurement: "ab" }, "measurement must be 32 bytes in hex"],
  [{ owner: "a" }, "Unknown field in arguments: owner"],
])("the worker key %j is refused: %s", (some, message) => {
  expect(() => enter(some)).toThrow(message)
})

function enter(some: object = {}): void {
  const { host, state } = contract
  const key = {
    ...publicKey(),
    expires_at_ns: String(host.timeNs + HOUR_NS),
    measurement: MEASUREMENT,
    ...some,
  }
  asRegister(() => workerKeys.setWorkerKey(state, host, key))
}

function withdraw(): void {
  const { host, state } = contract
  asRegister(() => workerKeys.withdrawMeasurement(state, host, { measurement: MEASUREMENT }))
}

function isLive(): unknown {
  return Reflect.get(Object(workerKeys.getWorkerKey(contract.host, publicKey())), "is_live")
}

function publicKey() {
  return { public_key: encodePublicKey(KEY) }
}

function resolve(request_id: number): void {
  const response = { success: true, output: null, error: null, resources_used: USE }
  settlement.resolveExecution(contract.state, contract.host, { request_id, response })
}

function asRegister(call: () => void): void {
  contract.as(REGISTER, call)
}

function asWorker(call: () => void, { key = KEY, account = REGISTER } = {}): void {
  contract.host.signedBy = Uint8Array.of(0, ...key)
  contract.as(account, call)
}
