import { expect, test } from "vitest"
import { as, fakeRegister, NEAR, newKey, stakeAs } from "./fake-register.ts"
import { beginRegistration, takeNonce } from "./nonces.ts"
import { unstake } from "./stake.ts"

const INIT = "init.near"
const MINUTES_NS = 60_000_000_000n

test("a nonce is drawn for one account and key, and taken once", () => {
  const { begin, take } = registrar()
  const key = newKey().text

  const { nonce, network, register } = begin(key)

  expect({ network, register }).toEqual({ network: "localnet", register: "register.near" })
  expect(nonce).toMatch(/^[\da-f]{64}$/)
  expect(() => take(newKey().text)).toThrow("nonce_unknown")
  expect(() => take(key, "alice.near")).toThrow("nonce_unknown")
  expect(take(key)).toBe(nonce)
  expect(() => take(key)).toThrow("nonce_unknown")
})

test("of two begins for one key the later counts, and another account's begin touches neither", () => {
  const { begin, take, register } = registrar()
  stakeAs(register, "alice.near", 10n * NEAR)
  const key = newKey().text

  const first = begin(key)
  const second = begin(key)
  const foreign = begin(key, "alice.near")

  expect(new Set([first.nonce, second.nonce, foreign.nonce]).size).toBe(3)
  expect(take(key)).toBe(second.nonce)
  expect(take(key, "alice.near")).toBe(foreign.nonce)
})

test("two draws with one seed differ", () => {
  const { begin, register } = registrar()
  register.host.randomSeed = () => new Uint8Array(32)
  const keys = [newKey().text, newKey().text]

  expect(begin(keys[0]).nonce).not.toBe(begin(keys[1]).nonce)
})

test("a nonce is worth nothing after ten minutes, and is swept away by the next", () => {
  const { begin, take, register } = registrar()
  const [old, key, fresh] = [newKey().text, newKey().text, newKey().text]
  begin(old)
  begin(key)

  register.host.timeNs += 10n * MINUTES_NS - 1n
  take(key)
  register.host.timeNs += 1n
  expect(() => take(old)).toThrow("nonce_unknown")
  begin(fresh)
  take(fresh)

  expect([...register.host.records.keys()].filter((name) => name.startsWith("n"))).toEqual([])
})

test("the nonces of who calls his stake back go with it", () => {
  const { begin, register } = registrar()
  const { state, host } = register
  stakeAs(register, "alice.near", 10n * NEAR)
  begin(newKey().text, "alice.near")

  as(host, "alice.near", () => unstake(state, host, {}))

  expect([...host.records.keys()].filter((name) => name.startsWith("n"))).toEqual([])
})

test("sixteen registrations of an account are open at most, and a stranger opens none", () => {
  const { begin, register } = registrar()
  const keys = Array.from({ length: 16 }, () => begin(newKey().text))

  expect(keys).toHaveLength(16)
  expect(() => begin(newKey().text)).toThrow("16 open registrations")
  expect(() => begin(newKey().text, "stranger.near")).toThrow("not_active")
  register.state.keystoreAccount = "keystore.near"
  expect(begin(newKey().text, "keystore.near").nonce).toHaveLength(64)
  register.host.timeNs += 10n * MINUTES_NS
  begin(newKey().text)
})

function registrar() {
  const register = fakeRegister()
  const { state, host } = register
  return {
    register,
    begin: (public_key: string | undefined, caller = INIT) =>
      as(host, caller, () => beginRegistration(state, host, { public_key })),
    take: (publicKey: string, account = INIT) => takeNonce(host, account, publicKey),
  }
}
