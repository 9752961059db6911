import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { judgeCase, judgeQuote } from "./judge.ts"
import { readVectorSet } from "./vector-set.ts"

const REAL = fileURLToPath(new URL("../../../../../shared/vectors/tdx", import.meta.url))

describe.skipIf(!existsSync(REAL))("published quotes of real machines", () => {
  test("each is read as it was published", async () => {
    const set = await readVectorSet(REAL)

    const judgements = await Promise.all(set.quotes.map((one) => judgeQuote(set, one)))

    expect(judgements.filter(({ differences }) => differences.length > 0)).toEqual([])
    expect(judgements.length).toBeGreaterThan(40)
  })

  test("each gets the verdict of a strict verifier, for one of the expected reasons", async () => {
    const set = await readVectorSet(REAL)

    const judgements = await Promise.all(set.cases.map((one) => judgeCase(set, one)))

    expect(judgements.filter(({ differences }) => differences.length > 0)).toEqual([])
    expect(judgements.length).toBeGreaterThan(60)
  })
})
