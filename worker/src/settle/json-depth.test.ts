import { expect, test } from "vitest"
import { isJsonWithin } from "./json-depth.ts"

test("depth counts arrays and objects, not brackets in strings", () => {
  expect(isJsonWithin('{"a":[1]}', 2)).toBe(true)
  expect(isJsonWithin('{"a":[1]}', 1)).toBe(false)
  expect(isJsonWithin('"[[[[\\"[[["', 0)).toBe(true)
})

test("what does not parse is not JSON", () => {
  for (const text of ["", "{", "[1,]", "nul", '"', "]"]) expect(isJsonWithin(text, 64)).toBe(false)
})

test("a million brackets are refused without being parsed", () => {
  expect(isJsonWithin("[".repeat(1_000_000), 64)).toBe(false)
})

test("on generated values it says what a walk of the parsed value says", () => {
  for (let round = 0; round < 500; round += 1) {
    const value = draw(5)
    const text = JSON.stringify(value)
    const depth = walk(value)
    expect(isJsonWithin(text, depth)).toBe(true)
    expect(isJsonWithin(text, depth - 1)).toBe(false)
  }
})

function draw(depth: number): unknown {
  const choice = Math.floor(Math.random() * (depth > 0 ? 5 : 3))
  if (choice === 0) return Math.random()
  if (choice === 1) return 'a"[{\\]}'
  if (choice === 2) return null
  const items = Array.from({ length: Math.floor(Math.random() * 3) }, () => draw(depth - 1))
  return choice === 3 ? items : Object.fromEntries(items.map((item, i) => [`{${i}`, item]))
}

function walk(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(walk))
}
