import { createHash } from "node:crypto"
import { describe, expect, test } from "vitest"
import { nodePrimitives } from "../primitives.ts"
import { parseQuote, readCollateral, verifyQuote } from "../pure/index.ts"
import { toPem } from "./certificate.ts"
import { createCollateral } from "./collateral.ts"
import { createPki } from "./pki.ts"
import { createQuote, createQuoteParts, serializeQuote } from "./quote.ts"

const NOW = 1_792_000_000
const SEED = Buffer.from("a seed of this test")

describe("a simulated machine", () => {
  test.each([
    [4, "td1.0"],
    [5, "td1.0"],
    [5, "td1.5"],
    [5, "td1.5ex"],
  ] as const)("gives quotes of version %i, %s that are up to date", (version, bodyType) => {
    const pki = createPki(SEED)
    const collateral = createCollateral(pki, NOW - 3600)

    const facts = readCollateral(collateral, pki.root.certificate, NOW, nodePrimitives)
    const quote = createQuote(pki, { version, bodyType })

    if (!facts.ok) throw new Error(facts.reason)
    expect(verifyQuote(quote, facts.value, NOW, nodePrimitives)).toMatchObject({
      ok: true,
      value: { version, bodyType, tcb: { status: "UpToDate", advisoryIds: [] } },
    })
  })

  test("is the same in every process that has its seed", () => {
    const quotes = [createPki(SEED), createPki(SEED)].map((pki) => createQuote(pki))

    expect(quotes[0]).toEqual(quotes[1])
  })
})

describe("the parser", () => {
  test.each(["td1.0", "td1.5", "td1.5ex"] as const)(
    "reads what was serialized, whatever a %s says",
    (bodyType) => {
      const bytes = createRandomBytes(`quotes of ${bodyType}`)
      for (let round = 0; round < 50; round++) {
        const version = bodyType === "td1.0" && round % 2 === 0 ? 4 : 5
        const base = createQuoteParts(createPki(SEED), { version, bodyType })
        const report = mapValues(base.report, (hex) =>
          hex === null ? null : Buffer.from(bytes(hex.length / 2)).toString("hex"),
        )
        const parts = {
          ...base,
          report,
          signature: bytes(64),
          attestationKey: bytes(64),
          qeReport: bytes(384),
          qeReportSignature: bytes(64),
          qeAuthData: bytes(32),
          padding: round,
        }

        const parsed = parseQuote(serializeQuote(parts), nodePrimitives)

        if (!parsed.ok) throw new Error(parsed.reason)
        const { signed, certificates, ...read } = parsed.value
        const { chain, padding, ...written } = parts
        expect(mapValues(read, toPlain)).toEqual(mapValues(written, toPlain))
        expect(serializeQuote(parts).subarray(0, signed.length)).toEqual(Buffer.from(signed))
        expect(`${toPem(...certificates)}\0`).toEqual(chain)
        expect(padding).toBe(round)
      }
    },
  )
})

/** Random, and the same each time. */
function createRandomBytes(label: string): (size: number) => Uint8Array {
  let count = 0
  return (size) =>
    createHash("shake256", { outputLength: size }).update(`${label} ${count++}`).digest()
}

function mapValues<Value extends object>(
  object: Value,
  map: (value: Value[keyof Value]) => unknown,
): Value {
  const entries = Object.entries(object) as [string, Value[keyof Value]][]
  return Object.fromEntries(entries.map(([key, value]) => [key, map(value)])) as Value
}

function toPlain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value
}
