import { describe, expect, test } from "vitest"
import { nodePrimitives } from "../../primitives.ts"
import { REASONS } from "../../pure/index.ts"
import { CATALOGUE } from "./catalogue.ts"
import { judge, verdictOf } from "./verdict.ts"

const NOW = 1_792_000_000
const groups = Map.groupBy(CATALOGUE, ({ group }) => group)

describe.each([...groups])("%s", (_, cases) => {
  test.each(cases.map((one) => [one.title, one] as const))("%s", (_title, one) => {
    const verdict = judge(one.createScenario(NOW), nodePrimitives)

    expect(verdict).toMatchObject(
      one.expected === "accept" ? { ok: true } : { ok: false, reason: one.expected },
    )
  })

  test("has something that is accepted", () => {
    expect(cases.some(({ expected }) => expected === "accept")).toBe(true)
  })
})

test("every reason to refuse has a case", () => {
  const shown = new Set<string>(CATALOGUE.map(({ expected }) => expected))

  expect(Object.keys(REASONS).filter((reason) => !shown.has(reason))).toEqual([])
})

test("a verdict is of its second, not of the hour of the test", () => {
  const [first] = CATALOGUE

  expect(first && verdictOf(first.createScenario(NOW + 40_000_000), nodePrimitives)).toBe("accept")
})
