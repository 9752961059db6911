import { expect, test } from "vitest"
import fixture from "../../fixtures/commits.json" with { type: "json" }
import { commitKind, LIMITS } from "./index.ts"

test.each(["full", "short", "name"] as const)("commits of the kind %s", (kind) => {
  expect(fixture[kind].filter((commit) => commitKind(commit) !== kind)).toEqual([])
})

test("what Git could not name so is no commit", () => {
  const tooLong = "n".repeat(LIMITS.commitBytes + 1)
  const taken = [...fixture.refused, tooLong].filter((commit) => commitKind(commit) !== undefined)
  expect(taken).toEqual([])
})
