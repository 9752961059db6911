import { expect, test } from "vitest"
import { approve, as, fakeRegister, measurementOf } from "./fake-register.ts"
import { addMeasurement, listMeasurements, onWithdrawn, removeMeasurement } from "./measurements.ts"

test("what is approved is listed, whole and by its role, until it is withdrawn", () => {
  const { state, host } = fakeRegister()
  const label = "worker 1.0"
  const first = addMeasurement(state, host, { ...measurementOf("a"), label })
  const keystore = addMeasurement(state, host, measurementOf("a", "keystore"))
  const upper = measurementOf("c")
  addMeasurement(state, host, { ...upper, mrtd: upper.mrtd.toUpperCase() })

  removeMeasurement(state, host, upper)

  expect(listMeasurements(state, host, undefined)).toEqual([
    {
      measurement: first,
      ...measurementOf("a"),
      label,
      approved_at_ns: String(host.timeNs),
    },
    expect.objectContaining({ measurement: keystore, role: "keystore", label: "" }),
  ])
  expect(listMeasurements(state, host, { from_index: 1, limit: 5 })).toHaveLength(1)
  expect(host.events("measurement_withdrawn")).toHaveLength(1)
})

test("a measurement that was withdrawn never comes back", () => {
  const { state, host } = fakeRegister()
  addMeasurement(state, host, measurementOf("a"))
  removeMeasurement(state, host, measurementOf("a"))

  expect(() => addMeasurement(state, host, measurementOf("a"))).toThrow("no measurement comes back")
  expect(() => removeMeasurement(state, host, measurementOf("b"))).toThrow("never approved")
})

test("outlayer is told again when it did not hear of a withdrawal", () => {
  const register = fakeRegister()
  const { state, host } = register
  const measurement = approve(register)
  const withdraw = () =>
    as(host, "owner.near", () => removeMeasurement(state, host, measurementOf("a")))

  withdraw()
  onWithdrawn(host, { measurement })
  withdraw()

  expect(host.events("withdrawal_not_delivered")).toEqual([{ measurement }])
  expect(host.events("measurement_withdrawn")).toHaveLength(1)
  expect(host.receipts.filter(({ to }) => to === "outlayer.near")).toHaveLength(2)
})

test("a keystore's measurement is no business of outlayer's", () => {
  const { state, host } = fakeRegister()
  addMeasurement(state, host, measurementOf("a", "keystore"))
  removeMeasurement(state, host, measurementOf("a", "keystore"))

  expect(host.receipts).toEqual([])
})

test("a keystore's measurement says where its keys come from, a worker's may", () => {
  const { state, host } = fakeRegister()
  const { key_provider, key_provider_id, app_id } = measurementOf("a", "keystore")
  const origin = { key_provider, key_provider_id, app_id }
  const add = (args: object) => addMeasurement(state, host, args)

  for (const name of Object.keys(origin)) {
    const half = { ...measurementOf("a", "keystore"), [name]: null }
    expect(() => add(half)).toThrow(`${name} is missing`)
    expect(() => add({ ...half, role: "worker" })).toThrow(`${name} is missing`)
  }
  const empty = { ...measurementOf("a", "keystore"), key_provider_id: "" }
  expect(() => add(empty)).toThrow("key_provider_id is empty")
  const ids = [
    add(measurementOf("a", "keystore")),
    add({ ...measurementOf("a", "keystore"), app_id: "b".repeat(40) }),
    add({ ...measurementOf("a"), ...origin }),
    add(measurementOf("a")),
  ]
  expect(new Set(ids).size).toBe(4)
  expect(listMeasurements(state, host, { from_index: 2 })).toMatchObject([
    { measurement: ids[2], ...origin },
    { measurement: ids[3], key_provider: null, key_provider_id: null, app_id: null },
  ])
})

test("no measurement is half one, and there are never many", () => {
  const { state, host } = fakeRegister()
  const wrong: [change: object, message: string][] = [
    [{ role: "coordinator" }, "role must be"],
    [{ rtmr0: "aa" }, "rtmr0 must be 48 bytes"],
    [{ compose_hash: undefined }, "compose_hash is missing"],
    [{ mrtd: "g".repeat(96) }, "mrtd must be 48 bytes"],
    [{ rtmr3: "a".repeat(96) }, "Unknown field in arguments: rtmr3"],
    [{ label: "x".repeat(129) }, "label is longer"],
  ]
  for (const [change, message] of wrong) {
    const args = { ...measurementOf("a"), ...change }
    expect(() => addMeasurement(state, host, args)).toThrow(message)
  }
  for (let count = 0; count < 64; count += 1) {
    const compose_hash = count.toString(16).padStart(64, "0")
    addMeasurement(state, host, { ...measurementOf("a"), compose_hash })
  }
  expect(() => addMeasurement(state, host, measurementOf("b"))).toThrow("64 approved")
})
