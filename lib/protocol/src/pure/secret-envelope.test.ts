import { describe, expect, test } from "vitest"
import { nodePrimitives } from "../sealing/node.ts"
import { tweetnaclPrimitives } from "../sealing/tweetnacl.ts"
import {
  deriveScopeKey,
  openSecrets,
  readEnvelopeEpoch,
  sealSecrets,
  SealingError,
  type SecretContext,
} from "./index.ts"

const context: SecretContext = {
  network: "localnet",
  contractId: "outlayer.near",
  kind: "stored",
  repo: "github.com/owner/name",
  branch: "main",
  owner: "alice.near",
  profile: "default",
}
const secretKey = deriveScopeKey(nodePrimitives, new Uint8Array(32).fill(9), 1, context)
const key = nodePrimitives.importAgreementKey(secretKey)
const { publicKey } = key
const values = { OPENAI_KEY: "sk-1", EMPTY: "" }
const seal = (at = context) =>
  sealSecrets(nodePrimitives, { publicKey, epoch: 1, context: at }, values)
const open = (envelope: Uint8Array, at = context) =>
  openSecrets(nodePrimitives, { key, context: at }, envelope)

test("what was sealed opens, with either set of primitives", () => {
  const envelope = seal()

  expect(open(envelope)).toEqual(values)
  const other = tweetnaclPrimitives.importAgreementKey(secretKey)
  expect(openSecrets(tweetnaclPrimitives, { key: other, context }, envelope)).toEqual(values)
})

describe("an envelope moved elsewhere does not open:", () => {
  const elsewhere: [string, Partial<SecretContext>][] = [
    ["another network", { network: "mainnet" }],
    ["another contract", { contractId: "other.near" }],
    ["another kind", { kind: "inline", branch: null, profile: null }],
    ["another repository", { repo: "github.com/owner/other" }],
    ["another branch", { branch: "dev" }],
    ["every branch", { branch: null }],
    ["another owner", { owner: "mallory.near" }],
    ["another profile", { profile: "prod" }],
    ["fields that join to the same text", { owner: "alice.nea", profile: "rdefault" }],
  ]
  test.each(elsewhere)("%s", (_, change) => {
    // The same key on purpose: that the scope's key differs too is a second lock.
    expect(codeOf(() => open(seal(), { ...context, ...change }))).toBe("envelope_not_authentic")
  })
})

test("every flipped bit is refused", () => {
  const envelope = seal()
  const codes = new Set<string | undefined>()
  for (let bit = 0; bit < envelope.length * 8; bit += 1) {
    const altered = envelope.slice()
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    // The top bit of an X25519 key counts for nothing there, but it is in the derivation.
    codes.add(codeOf(() => open(altered)))
  }
  expect(codes).toEqual(
    new Set(["envelope_version_unknown", "envelope_for_other_key", "envelope_not_authentic"]),
  )
})

test("every shortened or lengthened envelope is refused", () => {
  const envelope = seal()
  for (let length = 0; length < envelope.length; length += 1) {
    const code = codeOf(() => open(envelope.slice(0, length)))
    expect(["envelope_malformed", "envelope_not_authentic"]).toContain(code)
  }
  const longer = new Uint8Array(envelope.length + 1)
  longer.set(envelope)
  expect(codeOf(() => open(longer))).toBe("envelope_not_authentic")
})

test("no version but the present one is looked at", () => {
  for (const version of [0, 2, 0x7b, 0xff]) {
    const legacy = seal()
    legacy[0] = version
    expect(codeOf(() => open(legacy))).toBe("envelope_version_unknown")
    expect(codeOf(() => readEnvelopeEpoch(legacy))).toBe("envelope_version_unknown")
  }
})

test("sealed for another key, it says so", () => {
  const other = deriveScopeKey(nodePrimitives, new Uint8Array(32).fill(9), 2, context)
  const keys = { key: nodePrimitives.importAgreementKey(other), context }
  expect(codeOf(() => openSecrets(nodePrimitives, keys, seal()))).toBe("envelope_for_other_key")
})

test("a context in another spelling is refused rather than sealed for", () => {
  const spellings: Partial<SecretContext>[] = [
    { repo: "owner/name" },
    { repo: "https://github.com/owner/name" },
    { repo: "github.com/Owner/name" },
    { branch: "" },
    { profile: "" },
    { profile: null },
    { owner: "" },
    { kind: "inline" },
    { branch: "\ud800" },
    { branch: "a\udc00" },
  ]
  for (const change of spellings) {
    expect(codeOf(() => seal({ ...context, ...change }))).toBe("context_invalid")
  }
  expect(open(seal({ ...context, branch: "😀" }), { ...context, branch: "😀" })).toEqual(values)
})

test("an epoch that two bytes cannot hold is refused", () => {
  for (const epoch of [-1, 0.5, 65_536, Number.NaN]) {
    const to = { publicKey, epoch, context }
    expect(codeOf(() => sealSecrets(nodePrimitives, to, values))).toBe("context_invalid")
    expect(codeOf(() => deriveScopeKey(nodePrimitives, secretKey, epoch, context))).toBe(
      "context_invalid",
    )
  }
})

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    if (error instanceof SealingError) return error.code
    throw error
  }
  return undefined
}
