import { expect, test } from "vitest"
import { compareTiers } from "./compare-tiers.ts"

test("generated modules end alike, raw and metered, by V8's baseline compiler and its optimizing one", async () => {
  const { raw, differences } = await compareTiers(1, 300)

  expect(differences).toEqual([])
  expect(raw).toBeGreaterThan(100)
})
