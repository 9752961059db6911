import { expect, test } from "vitest"
import fixture from "../../fixtures/repository-keys.json" with { type: "json" }
import { LIMITS, repositoryKey } from "./index.ts"

test.each(Object.entries(fixture.keys))("%s has the key %s", (address, key) => {
  expect(repositoryKey(address)).toBe(key)
})

test.each(fixture.refused)("%j is no repository's address", (address) => {
  expect(repositoryKey(address)).toBeUndefined()
})

test("an address may be long, but only so long", () => {
  const prefix = "owner/"
  const longest = prefix + "n".repeat(LIMITS.repositoryBytes - prefix.length)
  expect(repositoryKey(longest)).toBe(`github.com/${longest}`)
  expect(repositoryKey(`${longest}n`)).toBeUndefined()
})

test("whatever has a key, that key is its own key and names three plain parts", () => {
  const pieces = ["https://", "ssh://", "git@", ":", "/", ".git", ".", "..", "-", "o", "N", "a.b"]
  let keys = 0
  for (let round = 0; round < 50_000; round += 1) {
    const count = 1 + Math.floor(Math.random() * 8)
    const address = Array.from({ length: count }, () => draw(pieces)).join("")
    const key = repositoryKey(address)
    if (key === undefined) continue
    keys += 1
    expect(repositoryKey(key)).toBe(key)
    expect(key).toMatch(/^[a-z0-9.-]+\.[a-z0-9.-]+\/[a-z0-9_][a-z0-9._-]*\/[a-z0-9._-]+$/)
    expect(key.split("/")).not.toContain("..")
  }
  // About 110 of them are addresses: enough to have tested something.
  expect(keys).toBeGreaterThan(30)
})

function draw<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)]
}
