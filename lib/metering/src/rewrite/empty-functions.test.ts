import { expect, test } from "vitest"
import { EMPTY_FUNCTION, emptyFunctionsFor } from "./empty-functions.ts"

test.each([
  ["a module without functions", []],
  ["one whose functions are all small", [3, 10, 49]],
  ["one whose functions are all large", [50, 51, 1000]],
  ["one that has both", [3, 49, 50, 400, 500, 600]],
])("at least half of the functions of %s are small", (_, sizes) => {
  const count = emptyFunctionsFor(sizes)

  const all = [...sizes, ...Array.from({ length: count }, () => EMPTY_FUNCTION.length)]
  expect(all.filter((size) => size < 50).length).toBeGreaterThanOrEqual(all.length / 2)
  expect(count === 0 || all.length === 2 * all.filter((size) => size < 50).length).toBe(true)
})
