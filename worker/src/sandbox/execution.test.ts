import { expect, test } from "vitest"
import { failureCode } from "./execution.ts"
import { isBelow } from "./levels.ts"

test("a refused module has the protocol's name for it", () => {
  expect(failureCode({ kind: "refused", reason: "no _start" })).toBe("wasm_refused")
  expect(failureCode({ kind: "trap", trap: "unreachable", where: [] })).toBe("trap")
})

test("success and the caller's own abort are no failures", () => {
  expect(failureCode({ kind: "ok" })).toBeUndefined()
  expect(failureCode({ kind: "aborted" })).toBeUndefined()
})

test("levels are ordered from a bare process upwards", () => {
  expect(isBelow("process", "namespaces")).toBe(true)
  expect(isBelow("full", "full")).toBe(false)
})
