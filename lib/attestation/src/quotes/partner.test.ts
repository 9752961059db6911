// A second opinion from @phala/dcap-qvl 0.3.9, which is known to look at less than it should.
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { QuoteVerifier } from "@phala/dcap-qvl"
import { describe, expect, test } from "vitest"
import { nodePrimitives } from "../primitives.ts"
import { type Collateral, readCollateral, verifyQuote } from "../pure/index.ts"
import { CATALOGUE } from "../simulator/index.ts"
import { readCollateralOf, readQuoteOf, readVectorSet } from "./vector-set.ts"

interface Question {
  readonly collateral: Collateral
  readonly root: Uint8Array
  readonly quote: Uint8Array
  readonly now: number
}

const REAL = fileURLToPath(new URL("../../../../../shared/vectors/tdx", import.meta.url))
const NOW = 1_792_000_000
const REFUSED = "refused"

/** Groups that judge what the partner judges: it has no policy on the TD, and no event log. */
const GROUPS = ["framing", "crypto", "pki", "collateral", "tcb"]

/** Where the partner says something else, by what it does not look at. */
const KNOWN_GAPS: Readonly<Record<string, readonly string[]>> = {
  "body type 4": ["version 5, TD 1.5ex"],
  "what is left over in a frame, or behind it": [
    "more than 16 KiB",
    "authentication data one byte more",
    "certification data of the wrong type",
    "a chain one byte less",
    "a byte behind that is not zero",
    "text behind the chain",
    "text before the chain",
    "two NULs behind the chain",
    "a QE report that says more than the key",
  ],
  "what a certificate may be used as": [
    "the root's key in another certificate",
    "a PCK CA that is no CA",
    "a PCK CA that may not issue",
    "a PCK CA that may not sign CRLs",
    "a PCK CA of another name",
    "a machine and a CRL of the Processor CA",
    "a PCK that may not sign",
    "a PCK of another name",
    "a TCB signer of another name",
    "a critical extension that nobody knows",
    "an extension twice",
  ],
  "dates, issuers, signatures and presence of CRLs": [
    "no CRL of the PCK CA",
    "no CRL of the root",
    "a CRL that is not base64",
    "a CRL of noise",
    "a CRL with bytes behind",
    "a CRL with a critical extension",
    "a CRL past its next update",
    "a CRL from the future",
    "the root's CRL past its next update",
    "the root's CRL from the future",
    "the root's CRL in place of the CA's",
    "the CA's CRL in place of the root's",
    "the CRL of another CA",
    "a CRL of the Processor CA, for a machine of the Platform CA",
    "a CRL that an attacker signed",
    "a root CRL that an attacker signed",
  ],
  "the order of levels": ["levels in another order"],
  "the form of signed JSON": [
    "a next update that is no date",
    "30 February",
    "a date with milliseconds",
    "a date with an offset",
    "a date that is a number",
    "TCB info of version 3 as text",
    "TCB info of an unknown type",
    "QE identity of version 3",
    "another provisioning enclave",
    "an SVN below 0",
    "an SVN of 1.5",
    "an SVN as text",
    "advisories that are no list",
    "no TDX module",
    "a key twice in TCB info",
    "a key twice inside of TCB info",
    "a key twice in QE identity",
    "white space in TCB info",
  ],
  "the module's identity, and its replacement under a running TD": [
    "a module below its best level",
    "a module below every level",
    "a module of a version without identity",
    "a module that is revoked",
    "a revoked module, where the policy accepts what is out of date",
    "a module of another signer",
    "a module with attributes",
    "a module replaced under a running TD, old before",
    "the same, where the policy accepts TDRelaunchAdvised",
    "the same on a platform that needs configuration",
    "a module that is older now than at launch",
    "a module that is now below every level",
  ],
}

test("the partner agrees on every case but those of its known gaps", () => {
  const cases = CATALOGUE.filter(({ group }) => GROUPS.includes(group))

  const answers = cases.map(({ title, createScenario }) => {
    const scenario = createScenario(NOW)
    return { title, us: askUs(scenario), partner: askPartner(scenario) }
  })
  const different = answers.filter(({ us, partner }) => us !== partner)

  const gaps = Object.values(KNOWN_GAPS).flat()
  expect(different.map(({ title }) => title).toSorted()).toEqual(gaps.toSorted())
  expect(cases.length).toBeGreaterThan(2 * gaps.length)
  const tooStrict = different.filter(({ partner }) => partner === REFUSED)
  expect(tooStrict.map(({ title }) => title)).toEqual(["version 5, TD 1.5ex"])
})

/** Published cases where the partner says something else, by why. */
const DIFFERENT_ON_REAL_QUOTES: Readonly<Record<string, readonly string[]>> = {
  "it judges the TD in the same step": [
    "alibaba-servicetd",
    "azure-2023",
    "coco-debug",
    "coco-debug-later",
  ],
  "dates, issuers and presence of CRLs": [
    "collateral-no-crl",
    "collateral-processor-crl",
    "collateral-stale-pck-crl",
    "collateral-stale-root-crl",
    "time-only-pck-crl-expired",
  ],
  "the module's identity, which judges components 0 and 1": [
    "builder-v4-module-out-of-date",
    "gcp-cos",
  ],
  "body type 4": ["phala-v5-td15ex"],
}

describe.skipIf(!existsSync(REAL))("published quotes of real machines", () => {
  test("get the partner's status too, but for its known gaps", async () => {
    const set = await readVectorSet(REAL)
    const ids = new Set(set.quotes.filter(({ tee }) => tee === "TDX").map(({ id }) => id))
    const cases = set.cases.filter(({ quote, collateral }) => ids.has(quote) && collateral !== null)

    const different: string[] = []
    for (const one of cases) {
      const { id, quote, collateral, now } = one
      const question = {
        quote: await readQuoteOf(set, quote),
        collateral: await readCollateralOf(set, collateral ?? ""),
        root: set.root,
        now: now ?? 0,
      }
      if (askUs(question) !== askPartner(question)) different.push(id)
    }

    const expected = Object.values(DIFFERENT_ON_REAL_QUOTES).flat()
    expect(different.toSorted()).toEqual(expected.toSorted())
  })
})

/** The TCB status. The partner refuses what is revoked, we leave that to the policy. */
function askUs({ collateral, root, quote, now }: Question): string {
  const facts = readCollateral(collateral, root, now, nodePrimitives)
  if (!facts.ok) return REFUSED
  const verified = verifyQuote(quote, facts.value, now, nodePrimitives)
  const status = verified.ok ? verified.value.tcb.status : REFUSED
  return status === "Revoked" ? REFUSED : status
}

function askPartner({ collateral, root, quote, now }: Question): string {
  const hex = (base64: string) => Buffer.from(base64, "base64").toString("hex")
  try {
    const { status } = QuoteVerifier.newWithRootCa(Buffer.from(root)).verify(
      Buffer.from(quote),
      {
        tcb_info: collateral.tcbInfo,
        tcb_info_signature: collateral.tcbInfoSignature,
        tcb_info_issuer_chain: collateral.tcbInfoIssuerChain,
        qe_identity: collateral.qeIdentity,
        qe_identity_signature: collateral.qeIdentitySignature,
        qe_identity_issuer_chain: collateral.qeIdentityIssuerChain,
        pck_crl: hex(collateral.pckCrl),
        pck_crl_issuer_chain: collateral.pckCrlIssuerChain,
        root_ca_crl: hex(collateral.rootCaCrl),
      },
      now,
    )
    return status
  } catch {
    return REFUSED
  }
}
