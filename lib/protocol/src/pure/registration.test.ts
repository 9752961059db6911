import { expect, test } from "vitest"
import golden from "../../fixtures/registrations.json" with { type: "json" }
import {
  type KeystoreRegistration,
  keystoreReportData,
  measurementId,
  measurementIds,
  type WorkerRegistration,
  workerReportData,
} from "./index.ts"
import { nodePrimitives } from "../sealing/node.ts"

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

test("a worker's and a keystore's report data have their golden bytes", () => {
  const { worker, keystore } = golden

  expect(hex(workerReportData(nodePrimitives, worker.registration))).toBe(worker.report_data)
  expect(hex(keystoreReportData(nodePrimitives, keystore.registration))).toBe(keystore.report_data)
})

test("an approved measurement has its golden name", () => {
  const { measurement, id } = golden.measurement

  expect(measurementId(nodePrimitives, "worker", measurement)).toBe(id)
  expect(measurementId(nodePrimitives, "keystore", measurement)).not.toBe(id)
})

test("a keystore's measurement names where its keys come from, a worker's may", () => {
  const { measurement, id } = golden.measurement
  const origin = { key_provider: "kms", key_provider_id: "aa", app_id: "66".repeat(20) }
  const measured = { ...measurement, ...origin }
  const names = [measured, ...Object.keys(origin).map((name) => ({ ...measured, [name]: "bb" }))]
    .map((one) => measurementIds(nodePrimitives, "keystore", one))
    .flat()

  expect(new Set(names).size).toBe(4)
  expect(measurementIds(nodePrimitives, "worker", measured)).toEqual([
    id,
    measurementId(nodePrimitives, "worker", measured),
  ])
})

test("each field of a statement changes its report data, and all 32 bytes after it are zero", () => {
  const worker: WorkerRegistration = golden.worker.registration
  const keystore: KeystoreRegistration = golden.keystore.registration
  const statements = [
    workerReportData(nodePrimitives, worker),
    ...Object.keys(worker).map((name) =>
      workerReportData(nodePrimitives, { ...worker, [name]: "x" }),
    ),
    keystoreReportData(nodePrimitives, keystore),
    ...Object.keys(keystore).map((name) =>
      keystoreReportData(nodePrimitives, { ...keystore, [name]: "x" }),
    ),
  ]

  expect(new Set(statements.map(hex)).size).toBe(11)
  for (const bytes of statements) expect(hex(bytes.subarray(32))).toBe("0".repeat(64))
})
