import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { smallSet } from "../simulator/small-set.ts"
import { INTEL_ROOT_BASE64 } from "../pure/index.ts"
import { judgeCase, judgeQuote } from "./judge.ts"
import { readVectorSet } from "./vector-set.ts"

const REAL = fileURLToPath(new URL("../../../../../shared/vectors/tdx", import.meta.url))
const OWN = fileURLToPath(new URL("../../fixtures/quotes", import.meta.url))

describe("the small set of our own", () => {
  test("gets its verdicts, each for its reason", async () => {
    const set = await readVectorSet(OWN)

    const cases = await Promise.all(set.cases.map((one) => judgeCase(set, one)))
    const quotes = await Promise.all(set.quotes.map((one) => judgeQuote(set, one)))

    expect([...cases, ...quotes].filter(({ differences }) => differences.length > 0)).toEqual([])
    expect(cases.filter(({ verdict }) => verdict === "accept").length).toBeGreaterThan(5)
    expect(cases.length).toBeGreaterThan(20)
  })

  test("is what the simulator makes today", async () => {
    const made = [...smallSet()].map(([path, content]) => [path, toComparable(path, content)])
    const found = await Promise.all(
      [...smallSet().keys()].map(async (path) => {
        return [path, toComparable(path, await readFile(join(OWN, path)))]
      }),
    )

    expect(found).toEqual(made)
  })

  test("is no set of Intel's: with the pinned root nothing of it is accepted", async () => {
    const set = { ...(await readVectorSet(OWN)), root: Buffer.from(INTEL_ROOT_BASE64, "base64") }

    const cases = await Promise.all(set.cases.map((one) => judgeCase(set, one)))

    expect(cases.filter(({ verdict }) => verdict === "accept")).toEqual([])
  })

  test("a wrong expectation is found", async () => {
    const set = await readVectorSet(OWN)
    const [first] = set.cases
    if (!first) throw new Error("no cases")
    const wrong = { ...first, expect: { accept: false, reasons: ["tcb_status"], tcb: null } }

    expect((await judgeCase(set, wrong)).differences).toHaveLength(1)
  })
})

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

/** The formatter has its own mind about white space outside of strings. */
function toComparable(path: string, content: string | Uint8Array): unknown {
  const bytes = Buffer.from(content)
  return path.endsWith(".json") ? JSON.parse(bytes.toString()) : bytes.toString("hex")
}
