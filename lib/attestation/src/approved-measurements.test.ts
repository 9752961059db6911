import { expect, test } from "vitest"
import { readWorkerMeasurements } from "./approved-measurements.ts"

const REGISTER = "ab".repeat(48)
const PROGRAM = {
  role: "worker",
  mrtd: REGISTER,
  rtmr0: REGISTER,
  rtmr1: REGISTER,
  rtmr2: REGISTER,
  compose_hash: "cd".repeat(32),
}
const ANYWHERE = { key_provider: null, key_provider_id: null, app_id: null }
const ORIGIN = { key_provider: "kms", key_provider_id: "ef", app_id: "12".repeat(20) }

test("workers' measurements are read with the origin of their keys, where they name one", () => {
  const keystore = { ...PROGRAM, role: "keystore", ...ORIGIN }
  const found = readWorkerMeasurements([
    { ...PROGRAM, ...ANYWHERE },
    { ...PROGRAM, ...ORIGIN },
    keystore,
  ])

  const program = { mrTd: REGISTER, rtmr0: REGISTER, rtmr1: REGISTER, rtmr2: REGISTER }
  const composeHash = PROGRAM.compose_hash
  const keyOrigin = { keyProvider: "kms", keyProviderId: "ef", appId: ORIGIN.app_id }
  expect(found).toEqual([
    { ...program, composeHash },
    { ...program, composeHash, keyOrigin },
  ])
})

test.each(Object.keys(ORIGIN))("half an origin is not read as none: without %s", (name) => {
  for (const missing of [null, undefined]) {
    const half = { ...PROGRAM, ...ORIGIN, [name]: missing }

    expect(() => readWorkerMeasurements([half])).toThrow(name)
  }
})
