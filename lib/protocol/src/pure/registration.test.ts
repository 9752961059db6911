import { expect, test } from "vitest"
import golden from "../../fixtures/registrations.json" with { type: "json" }
import {
  type KeystoreRegistration,
  keystoreReportData,
  measurementId,
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
