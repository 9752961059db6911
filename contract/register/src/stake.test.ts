import { expect, test } from "vitest"
import { deactivateWorker, activateWorker, setMinimumStake } from "./admin.ts"
import {
  approve,
  as,
  DAY_NS,
  enterKey,
  type FakeRegister,
  fakeRegister,
  NEAR,
  newKey,
  stakeAs,
} from "./fake-register.ts"
import { claimPayout, onPayout } from "./payout.ts"
import { unstake, withdrawStake } from "./stake.ts"
import { getWorker } from "./views.ts"

const ALICE = "alice.near"

test("a stake below the minimum is refused, and tops up once there is one", () => {
  const register = fakeRegister()
  expect(() => stakeAs(register, ALICE, 9n * NEAR)).toThrow("at least 10")
  expect(() => stakeAs(register, ALICE, 0n)).toThrow("at least 10")

  stakeAs(register, ALICE, 10n * NEAR)
  stakeAs(register, ALICE, 1n)

  expect(worker(register)).toMatchObject({ stake: String(10n * NEAR + 1n), is_active: true })
  expect(register.state.owed).toBe(10n * NEAR + 1n)
})

test("a stake that falls below the minimum stops its workers, in the next block", () => {
  const register = fakeRegister()
  const { state, host } = register
  const measurement = approve(register)
  stakeAs(register, ALICE, 12n * NEAR)
  const keys = [newKey(), newKey()]
  for (const key of keys) enterKey(register, ALICE, key, measurement)

  as(host, ALICE, () => unstake(state, host, { amount: String(2n * NEAR) }))
  expect(host.receipts).toEqual([])
  as(host, ALICE, () => unstake(state, host, { amount: "1" }))

  expect(host.receipts.filter(({ to }) => to === "outlayer.near")).toHaveLength(2)
  expect(host.receipts.flatMap(({ actions }) => actions.map(({ kind }) => kind))).toEqual([
    "deleteKey",
    "deleteKey",
    "call",
    "call",
  ])
  for (const { text } of keys) {
    const seen = getWorker(state, host, { public_key: text })
    expect(seen).toMatchObject({ is_live: false, reason: "retired" })
  }
  expect(worker(register)).toMatchObject({ is_active: false, public_keys: [] })
  expect(state.allowances).toBe(0n)
})

test("what is unstaked is bound for fourteen days, then paid, and leaves no record", () => {
  const register = fakeRegister()
  const { state, host } = register
  stakeAs(register, ALICE, 20n * NEAR)
  as(host, ALICE, () => unstake(state, host, { amount: String(5n * NEAR) }))
  host.timeNs += DAY_NS
  as(host, ALICE, () => unstake(state, host, undefined))

  host.timeNs += 13n * DAY_NS - 1n
  expect(() => as(host, ALICE, () => withdrawStake(state, host))).toThrow("No stake is free")
  host.timeNs += 1n
  expect(as(host, ALICE, () => withdrawStake(state, host))).toBe(String(5n * NEAR))
  host.timeNs += DAY_NS
  expect(as(host, ALICE, () => withdrawStake(state, host))).toBe(String(15n * NEAR))

  expect(state.owed).toBe(0n)
  expect(worker(register)).toBeNull()
  expect(host.records.size).toBe(0)
})

test("a payment that bounces is booked, and claimed by whoever asks for its owner", () => {
  const register = fakeRegister()
  const { state, host } = register
  stakeAs(register, ALICE, 20n * NEAR)
  as(host, ALICE, () => unstake(state, host, {}))
  host.timeNs += 14n * DAY_NS
  as(host, ALICE, () => withdrawStake(state, host))

  const args = { account_id: ALICE, amount: String(20n * NEAR) }
  host.result = ""
  onPayout(state, host, args)
  expect(state.owed).toBe(0n)
  host.result = undefined
  onPayout(state, host, args)
  expect(state.owed).toBe(20n * NEAR)
  expect(host.events("payout_bounced")).toEqual([args])

  expect(as(host, "bob.near", () => claimPayout(state, host, { account_id: ALICE }))).toBe(
    String(20n * NEAR),
  )
  expect(host.receipts.at(-2)).toMatchObject({ to: ALICE, actions: [{ amount: 20n * NEAR }] })
  expect(() => claimPayout(state, host, { account_id: ALICE })).toThrow("Nothing is booked")
  expect(state.owed).toBe(0n)
})

test("no more than eight parts unbond at once", () => {
  const register = fakeRegister()
  const { state, host } = register
  stakeAs(register, ALICE, 20n * NEAR)
  for (let part = 0; part < 8; part += 1) {
    as(host, ALICE, () => unstake(state, host, { amount: "1" }))
  }
  expect(() => as(host, ALICE, () => unstake(state, host, { amount: "1" }))).toThrow("unbonding")
  expect(() => as(host, ALICE, () => unstake(state, host, { amount: "0" }))).toThrow("not 0")
})

test("the owner bars a worker until he lets it back, a worker stops itself", () => {
  const register = fakeRegister()
  const { state, host } = register
  const measurement = approve(register)
  stakeAs(register, ALICE, 12n * NEAR)
  const key = newKey()
  enterKey(register, ALICE, key, measurement)

  const stop = (caller: string) => () =>
    as(host, caller, () => deactivateWorker(state, host, { account_id: ALICE }))
  expect(stop("bob.near")).toThrow("Only owner or alice.near")
  stop(ALICE)()
  expect(worker(register)).toMatchObject({ is_active: true, public_keys: [] })
  stop("owner.near")()
  expect(() => enterKey(register, ALICE, newKey(), measurement)).toThrow("was deactivated")
  activateWorker(host, { account_id: ALICE })

  enterKey(register, ALICE, key, measurement)
  expect(worker(register)).toMatchObject({ public_keys: [key.text] })
})

test("a raised minimum makes workers count for nothing at once", () => {
  const register = fakeRegister()
  const { state, host } = register
  const measurement = approve(register)
  stakeAs(register, ALICE, 12n * NEAR)
  const key = newKey()
  enterKey(register, ALICE, key, measurement)

  expect(() => setMinimumStake(state, { minimum_stake: String(NEAR) })).toThrow("at least 2")
  setMinimumStake(state, { minimum_stake: String(13n * NEAR) })

  const seen = getWorker(state, host, { public_key: key.text })
  expect(seen).toMatchObject({ is_live: false, reason: "not_active" })
})

function worker({ state, host }: FakeRegister): unknown {
  return getWorker(state, host, { account_id: ALICE })
}
