import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { environment } from "@outlayer/testing/machine"
import { describeNamespaces } from "../sandbox-test.ts"

const DOCTOR = fileURLToPath(new URL("./main.ts", import.meta.url))

describeNamespaces(() => {
  test("where full is reached, the exit code says so", () => {
    const { status, stdout } = doctor(environment["PATH"])

    expect(stdout).toMatch(/^full +reached$/m)
    expect(status).toBe(0)
  })
})

test("without bubblewrap it is 1, and the doctor says what to install", () => {
  const { status, stdout } = doctor("/nowhere")

  expect(stdout).toMatch(/^full +not possible.*\nnamespaces +not possible.*\nprocess +reached$/m)
  expect(stdout).toMatch("install the package bubblewrap")
  expect(stdout).toMatch(/^builds +\S/m)
  expect(status).toBe(1)
})

function doctor(path: string | undefined) {
  return spawnSync(process.execPath, [DOCTOR], { encoding: "utf8", env: { PATH: path } })
}
