import { expect, test } from "vitest"
import { compareTiers } from "./compare-tiers.ts"

/** Three processes, one of which optimizes all that it compiles: minutes, on a slow machine. */
const timeout = 300_000

test(
  "generated modules end alike, raw and metered, by V8's baseline compiler and its optimizing one",
  { timeout },
  async () => {
    const { raw, differences } = await compareTiers(1, 300)

    expect(differences).toEqual([])
    expect(raw).toBeGreaterThan(100)
  },
)
