import { expect, test } from "vitest"
import { deactivateWorker } from "./admin.ts"
import {
  approve,
  as,
  DAY_NS,
  enterKey,
  fakeRegister,
  measurementOf,
  NEAR,
  newKey,
  stakeAs,
} from "./fake-register.ts"
import { removeMeasurement } from "./measurements.ts"
import { tidyKeys } from "./retire.ts"
import { getWorker, listWorkers } from "./views.ts"

const INIT = "init.near"

test("keys are listed page by page, renewed in their place", () => {
  const { register, enter } = withMeasurement()
  const { state, host } = register
  const keys = Array.from({ length: 5 }, () => enter())
  host.timeNs += 1n
  enter(keys[1])

  const page = (from_index: number, limit: number) =>
    (listWorkers(state, host, { from_index, limit }) as { public_key: string }[]).map(
      ({ public_key }) => public_key,
    )
  const texts = keys.map(({ text }) => text)
  expect([...page(0, 2), ...page(2, 2), ...page(4, 2)]).toEqual(texts)
  expect(listWorkers(state, host, {})).toHaveLength(5)
  expect(state.allowances).toBe(50n * NEAR)
})

test("a registration ends after a day, and is live again once renewed", () => {
  const { register, enter } = withMeasurement()
  const { state, host } = register
  const key = enter()
  const seen = () => getWorker(state, host, { public_key: key.text })

  host.timeNs += DAY_NS - 1n
  expect(seen()).toMatchObject({ is_live: true, reason: null })
  host.timeNs += 1n
  expect(seen()).toMatchObject({ is_live: false, reason: "expired" })
  enter(key)
  expect(seen()).toMatchObject({ is_live: true })
})

test("withdrawing a measurement stops its workers at once; their access keys go in pages", () => {
  const { register, enter, measurement } = withMeasurement()
  const { state, host } = register
  const other = approve(register, "b")
  const doomed = Array.from({ length: 3 }, () => enter())
  const spared = newKey()
  enterKey(register, INIT, spared, other)

  as(host, "owner.near", () => removeMeasurement(state, host, measurementOf("a")))

  expect(host.receipts[0]).toMatchObject({
    to: "outlayer.near",
    actions: [{ method: "withdraw_measurement", args: JSON.stringify({ measurement }) }],
  })
  for (const { text } of doomed) {
    const seen = getWorker(state, host, { public_key: text })
    expect(seen).toMatchObject({ is_live: false, reason: "measurement_withdrawn" })
  }
  expect(tidyKeys(state, host, { limit: 2 })).toMatchObject({ retired: 2 })
  expect(tidyKeys(state, host, { limit: 2 })).toMatchObject({ retired: 1 })
  expect(tidyKeys(state, host, {})).toMatchObject({ retired: 0 })
  const deleted = host.receipts.flatMap(({ to, actions }) =>
    to === "register.near" ? actions.filter(({ kind }) => kind === "deleteKey") : [],
  )
  expect(deleted).toHaveLength(3)
  expect(getWorker(state, host, { public_key: spared.text })).toMatchObject({ is_live: true })
  expect(state.allowances).toBe(10n * NEAR)
  expect(() => enter()).toThrow("withdrawn meanwhile")
})

test("the record of a retired key stays as long as it can be held against a stake", () => {
  const { register, enter } = withMeasurement()
  const { state, host } = register
  stakeAs(register, "alice.near", 20n * NEAR)
  const staked = enter(newKey(), "alice.near")
  const unstaked = enter()
  for (const { text } of [staked, unstaked]) {
    as(host, "owner.near", () => deactivateWorker(state, host, { public_key: text }))
  }

  expect(tidyKeys(state, host, {})).toMatchObject({ forgotten: 1, keys: 1 })
  expect(getWorker(state, host, { public_key: unstaked.text })).toBeNull()
  expect(getWorker(state, host, { public_key: staked.text })).toMatchObject({ reason: "retired" })
  host.timeNs += 14n * DAY_NS
  expect(tidyKeys(state, host, {})).toMatchObject({ forgotten: 1, keys: 0 })
  expect([...host.records.keys()].filter((name) => /^[ik]/.test(name))).toEqual([])
})

test("an account has 32 live keys, and no more than 256 on record", () => {
  const { register, enter } = withMeasurement()
  const { state, host } = register
  stakeAs(register, "alice.near", 20n * NEAR)
  for (let count = 0; count < 32; count += 1) enter(newKey(), "alice.near")
  expect(() => enter(newKey(), "alice.near")).toThrow("32 keys are live")

  for (let round = 1; round < 8; round += 1) {
    as(host, "alice.near", () => deactivateWorker(state, host, {}))
    for (let count = 0; count < 32; count += 1) enter(newKey(), "alice.near")
  }
  as(host, "alice.near", () => deactivateWorker(state, host, {}))
  expect(() => enter(newKey(), "alice.near")).toThrow("256 keys are on record")
})

test("a key belongs to the account that registered it", () => {
  const { register, enter } = withMeasurement()
  stakeAs(register, "alice.near", 20n * NEAR)
  const key = enter()

  expect(() => enter(key, "alice.near")).toThrow("key_taken")
  expect(() =>
    as(register.host, "alice.near", () =>
      deactivateWorker(register.state, register.host, { public_key: key.text }),
    ),
  ).toThrow("Only owner or init.near")
})

function withMeasurement() {
  const register = fakeRegister()
  register.host.account = 10_000n * NEAR
  const measurement = approve(register)
  const enter = (key = newKey(), account = INIT) => {
    enterKey(register, account, key, measurement)
    return key
  }
  return { register, measurement, enter }
}
