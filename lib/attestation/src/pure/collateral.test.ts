import { describe, expect, test } from "vitest"
import { nodePrimitives } from "../primitives.ts"
import { type CollateralChanges, createCollateral } from "../simulator/collateral.ts"
import { createPki, type PkiChanges } from "../simulator/pki.ts"
import { type CollateralFacts, isNews, readCollateral, supersedes } from "./index.ts"

const NOW = 1_792_000_000
const HOUR = 3600
const SEED = Buffer.from("collateral")

describe("the root that is trusted", () => {
  test.each([
    ["may have no CA under it", { pathLength: 0 }, "certificate_chain"],
    ["may not issue", { keyUsage: 0x02 }, "certificate_chain"],
    ["is no CA", { isCa: false, pathLength: undefined }, "certificate_chain"],
    ["may not sign CRLs", { keyUsage: 0x04 }, "certificate_chain"],
    ["is past its end", { notAfter: NOW - 1 }, "certificate_expired"],
    ["is before its start", { notBefore: NOW + 1 }, "certificate_not_yet_valid"],
  ])("is of no use when it %s", (_, root, reason) => {
    expect(read({ root })).toMatchObject({ ok: false, reason })
  })

  test("is good until its last second", () => {
    expect(read({ root: { notAfter: NOW } })).toMatchObject({
      ok: true,
      value: { validUntil: NOW },
    })
  })
})

describe("the facts", () => {
  test("are plain data, the same after a way through JSON", () => {
    const facts = factsOf()

    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts)
  })

  test("are good while every dated part is", () => {
    const { validFrom, validUntil } = factsOf(0, { rootCrl: { thisUpdate: NOW - 60 } })

    expect(validFrom).toBe(NOW - 60)
    expect(validUntil).toBe(NOW - HOUR + 30 * 86_400)
  })
})

describe("collateral only moves forward", () => {
  const known = factsOf()

  test("the same may take its own place, and newer that of older", () => {
    expect(supersedes(known, known)).toBe(true)
    expect(supersedes(factsOf(60), known)).toBe(true)
    expect(supersedes(known, factsOf(60))).toBe(false)
  })

  test.each([
    ["TCB info", { tcbInfo: (info: object) => ({ ...info, tcbEvaluationDataNumber: 19 }) }],
    ["QE identity", { qeIdentity: (json: object) => ({ ...json, tcbEvaluationDataNumber: 19 }) }],
    ["TCB info's date", { tcbInfo: (info: object) => ({ ...info, issueDate: earlier() }) }],
    ["QE identity's date", { qeIdentity: (json: object) => ({ ...json, issueDate: earlier() }) }],
    ["the PCK CRL", { pckCrl: { thisUpdate: NOW - 2 * HOUR } }],
    ["the root's CRL", { rootCrl: { thisUpdate: NOW - 2 * HOUR } }],
  ] as [string, CollateralChanges][])(
    "%s may not be older, whatever else is newer",
    (_, changes) => {
      expect(supersedes(factsOf(60, changes), known)).toBe(false)
    },
  )

  test("nothing of another PCK CA takes its place, by name or by key", () => {
    const later = factsOf(60)
    const { pckCa } = later

    expect(supersedes({ ...later, pckCa: { ...pckCa, subject: "00" } }, known)).toBe(false)
    expect(supersedes({ ...later, pckCa: { ...pckCa, publicKey: "00" } }, known)).toBe(false)
    const renewed = { ...pckCa, certificateSha256: "00" }
    expect(supersedes({ ...later, pckCa: renewed }, known)).toBe(true)
  })

  test("news is what is newer, or the same for longer", () => {
    const shorter = { ...known, validUntil: known.validUntil - 1 }

    expect(isNews(factsOf(60), known)).toBe(true)
    expect(isNews(known, known)).toBe(false)
    expect(isNews(known, shorter)).toBe(true)
    expect(isNews(shorter, known)).toBe(false)
    expect(isNews(known, factsOf(60))).toBe(false)
  })

  test("nothing of another root or family takes its place", () => {
    const later = factsOf(60)

    expect(supersedes({ ...later, root: "00" }, known)).toBe(false)
    expect(supersedes({ ...later, fmspc: "00" }, known)).toBe(false)
    expect(supersedes({ ...later, pceId: "01" }, known)).toBe(false)
  })
})

/** Issued an hour before now, and `later` seconds after that. */
function read(changes: PkiChanges = {}, later = 0, collateral: CollateralChanges = {}) {
  const pki = createPki(SEED, changes)
  const given = createCollateral(pki, NOW - HOUR + later, collateral)
  return readCollateral(given, pki.root.certificate, NOW, nodePrimitives)
}

function factsOf(later = 0, collateral: CollateralChanges = {}): CollateralFacts {
  const facts = read({}, later, collateral)
  if (!facts.ok) throw new Error(facts.reason)
  return facts.value
}

function earlier(): string {
  return new Date((NOW - 2 * HOUR) * 1000).toISOString().replace(".000Z", "Z")
}
