/** Sealing with both sets of primitives, and in a bundle such as a browser loads. */
import { expect, test } from "vitest"
import vectors from "../../fixtures/sealing.json" with { type: "json" }
import {
  deriveInlineKey,
  deriveScopeKey,
  deriveSigningSeed,
  hexOf,
  openSecrets,
  readEnvelopeEpoch,
  sealSecrets,
  type SealingPrimitives,
  type SecretContext,
} from "../pure/index.ts"
import { nodePrimitives } from "./node.ts"
import { bytesOf } from "./testing/bytes.ts"
import { loadBrowserBundle } from "./testing/browser-bundle.ts"
import { tweetnaclPrimitives } from "./tweetnacl.ts"

const both = [
  ["node:crypto", nodePrimitives],
  ["tweetnacl", tweetnaclPrimitives],
] as const
const master = bytesOf(vectors.master)
const golden = vectors.cases.map((one) => ({ ...one, context: one.context as SecretContext }))
const context: SecretContext = {
  network: "localnet",
  contractId: "outlayer.test.near",
  kind: "stored",
  repo: "github.com/owner/name",
  branch: null,
  owner: "alice.test.near",
  profile: "default",
}

test.each(both)("with %s keys and envelopes are the golden ones", (_, primitives) => {
  const oneTime = () => primitives.importAgreementKey(bytesOf(vectors.oneTimeSecret))
  const fixed = { ...primitives, drawAgreementKey: oneTime }
  for (const { epoch, context, values, ...expected } of golden) {
    const { secretKey, key } = keysOf(primitives, epoch, context)
    expect(hexOf(secretKey)).toBe(expected.secretKey)
    expect(hexOf(key.publicKey)).toBe(expected.publicKey)
    const envelope = sealSecrets(fixed, { publicKey: key.publicKey, epoch, context }, values)
    expect(hexOf(envelope)).toBe(expected.envelope)
    expect(readEnvelopeEpoch(envelope)).toBe(epoch)
    expect(openSecrets(primitives, { key, context }, envelope)).toEqual(values)
  }
  const { epoch, seed } = vectors.signingSeed
  expect(hexOf(deriveSigningSeed(primitives, master, epoch, context))).toBe(seed)
})

test("a browser's bundle, without Node, seals what the keystore opens", async () => {
  const browser = await loadBrowserBundle()
  for (const { epoch, context, values } of golden) {
    const { key } = keysOf(nodePrimitives, epoch, context)
    const to = { publicKey: key.publicKey, epoch, context }
    const envelope = browser.sealSecrets(to, values)
    expect(openSecrets(nodePrimitives, { key, context }, envelope)).toEqual(values)
  }
})

test("sealing twice gives two envelopes of one length, whatever the values' length", () => {
  const { publicKey } = keysOf(nodePrimitives, 1, context).key
  const seal = (value: string) =>
    sealSecrets(nodePrimitives, { publicKey, epoch: 1, context }, { KEY: value })

  expect(seal("a")).not.toEqual(seal("a"))
  expect(seal("a").length).toBe(seal("a".repeat(200)).length)
  expect(seal("a".repeat(16_000)).length).toBeLessThanOrEqual(16_384)
})

function keysOf(primitives: SealingPrimitives, epoch: number, context: SecretContext) {
  const derive = context.kind === "inline" ? deriveInlineKey : deriveScopeKey
  const secretKey = derive(primitives, master, epoch, context)
  return { secretKey, key: primitives.importAgreementKey(secretKey) }
}
