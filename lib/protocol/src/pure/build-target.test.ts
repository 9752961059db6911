import { expect, test } from "vitest"
import { isReservedEnvName, parseBuildTarget } from "./index.ts"

test("a build target has one old name and a default", () => {
  const targets = [undefined, null, "wasm32-wasi", "wasm32-wasip1", "wasm32-wasip2"]
  const known = ["wasm32-wasip1", "wasm32-wasip1", "wasm32-wasip1", "wasm32-wasip1"]
  expect(targets.map(parseBuildTarget)).toEqual([...known, "wasm32-wasip2"])
})

test("a build target that nobody knows is none", () => {
  for (const text of ["", "wasm32-unknown-unknown", "WASM32-WASIP1"]) {
    expect(parseBuildTarget(text)).toBeUndefined()
  }
})

test("a secret may not take a name that the guest's environment always has", () => {
  expect(isReservedEnvName("NEAR_SENDER_ID")).toBe(true)
  expect(isReservedEnvName("API_KEY")).toBe(false)
})
