import { expect, test } from "vitest"
import { MeteredCache } from "./metered-cache.ts"

test("what was not used for longest goes first when the cache is full", () => {
  const cache = new MeteredCache(250)
  for (const key of ["a", "b"]) cache.set(key, module(100))

  expect(cache.get("a")).toBeDefined()
  cache.set("c", module(100))

  expect(cache.get("b")).toBeUndefined()
  expect(cache.get("a")).toBeDefined()
  expect(cache.get("c")).toBeDefined()
})

test("what is larger than the cache is not kept, nor what it pushed out counted", () => {
  const cache = new MeteredCache(250)

  cache.set("huge", module(1000))
  cache.set("a", module(200))

  expect(cache.get("huge")).toBeUndefined()
  expect(cache.get("a")).toBeDefined()
})

function module(bytes: number) {
  return {
    kind: "metered" as const,
    wasm: new Uint8Array(bytes),
    hash: "",
    code: new Uint8Array(0),
  }
}
