/** Certificates and CRLs, each signed anew after it was changed. */
import type { Collateral } from "../../pure/index.ts"
import { extension, issueCrl, KEY_USAGE, toPem } from "../certificate.ts"
import { createCollateral } from "../collateral.ts"
import { element } from "../der.ts"
import { createPki, type Pki, type PkiChanges } from "../pki.ts"
import { chainOf } from "../quote.ts"
import type { Change, Group } from "./case.ts"
import { type ScenarioChanges, SEED, usualPki } from "./scenario.ts"

const DAY = 86_400
const strangers = createPki(Buffer.from("a hierarchy of the same names"))
/** Intel's other PCK CA under the same root: of machines that know SGX alone. */
const processorCa = { commonName: "Intel SGX PCK Processor CA" }
const { platformCa: processor } = createPki(SEED, {
  platformCa: processorCa,
  otherKeys: ["platformCa"],
})
const critical = extension("1.2.3.4", Buffer.from([5, 0]), true)
const harmless = extension("1.2.3.4", Buffer.from([5, 0]))

export const pki: Group = {
  "the usual hierarchy": ["accept", {}],
  "an extension that is not critical": ["accept", { pki: { pck: { extensions: [harmless] } } }],
  "a renewed PCK CA with the same key": ["accept", renewedCa],

  "collateral under another root of the same name": [
    "untrusted_root",
    (now) => ({ patchCollateral: () => collateralOf(strangers, now) }),
  ],
  "a machine under another root of the same name": ["untrusted_root", { machine: strangers }],
  "the root's key in another certificate": [
    "untrusted_root",
    { pki: { root: { serial: new Uint8Array(20).fill(7) } } },
  ],
  "the CA in the root's place": [
    "untrusted_root",
    chain(({ pck, platformCa }) => [pck, platformCa, platformCa]),
  ],
  "the chain in another order": [
    "certificate_chain",
    chain(({ pck, platformCa, root }) => [platformCa, pck, root]),
  ],
  "a PCK issued by the root": [
    "certificate_chain",
    chain(({ tcbSigner, platformCa, root }) => [tcbSigner, platformCa, root]),
  ],
  "a PCK CA that is no CA": [
    "certificate_chain",
    { pki: { platformCa: { isCa: false, pathLength: undefined } } },
  ],
  "a PCK CA that may not issue": ["certificate_chain", { pki: { platformCa: { keyUsage: 0x02 } } }],
  "a PCK CA that may not sign CRLs": [
    "certificate_chain",
    { pki: { platformCa: { keyUsage: 0x04 } } },
  ],
  "a PCK CA of another name": [
    "certificate_chain",
    { pki: { platformCa: { commonName: "Intel SGX PCK CA" } } },
  ],
  "a machine and a CRL of the Processor CA": [
    "crl_wrong_issuer",
    { pki: { platformCa: processorCa } },
  ],
  "a CRL of the Processor CA, for a machine of the Platform CA": [
    "crl_wrong_issuer",
    { collateral: { pckCrlIssuer: processor } },
  ],
  "a PCK that is a CA": ["certificate_chain", { pki: { pck: { isCa: true } } }],
  "a PCK that may not sign": ["certificate_chain", { pki: { pck: { keyUsage: KEY_USAGE.issue } } }],
  "a PCK of another name": [
    "certificate_chain",
    { pki: { pck: { commonName: "Intel SGX TCB Signing" } } },
  ],
  "a PCK without Intel's extension": ["certificate_malformed", withoutSgx],
  "a TCB signer that is a CA": ["certificate_chain", { pki: { tcbSigner: { isCa: true } } }],
  "a TCB signer of another name": [
    "certificate_chain",
    { pki: { tcbSigner: { commonName: "Intel SGX PCK Certificate" } } },
  ],
  "a critical extension that nobody knows": [
    "certificate_malformed",
    { pki: { pck: { extensions: [critical] } } },
  ],
  "an extension twice": [
    "certificate_malformed",
    { pki: { pck: { extensions: [harmless, harmless] } } },
  ],
  "a bit of the PCK certificate": ["certificate_chain", flipIn("pck")],
  "a bit of the PCK CA's certificate in the quote": ["certificate_chain", flipIn("platformCa")],

  "a PCK past its end": ["certificate_expired", ended("pck")],
  "a PCK before its start": ["certificate_not_yet_valid", early("pck")],
  "a PCK CA past its end": ["certificate_expired", ended("platformCa")],
  "a PCK CA before its start": ["certificate_not_yet_valid", early("platformCa")],
  "a TCB signer past its end": ["certificate_expired", ended("tcbSigner")],
  "a TCB signer before its start": ["certificate_not_yet_valid", early("tcbSigner")],

  "a PCK in its last second": ["accept", (now) => ({ pki: { pck: { notAfter: now } } })],
  "a PCK in its first second": ["accept", (now) => ({ pki: { pck: { notBefore: now } } })],
  "a revoked PCK": ["certificate_revoked", revokedBy("pckCrl", "pck")],
  "a revoked PCK CA": ["certificate_revoked", revokedBy("rootCrl", "platformCa")],
  "a revoked TCB signer": ["certificate_revoked", revokedBy("rootCrl", "tcbSigner")],

  "no CRL of the PCK CA": ["crl_missing", patch({ pckCrl: "" })],
  "no CRL of the root": ["crl_missing", patch({ rootCaCrl: "" })],
  "a CRL that is not base64": ["crl_malformed", patch({ pckCrl: "no base64" })],
  "a CRL of noise": [
    "crl_malformed",
    patch({ pckCrl: Buffer.alloc(400, 0x5a).toString("base64") }),
  ],
  "a CRL with bytes behind": ["crl_malformed", { patchCollateral: extendCrl }],
  "a CRL with a critical extension": [
    "crl_malformed",
    { collateral: { pckCrl: { extensions: [critical] } } },
  ],
  "a CRL past its next update": [
    "crl_expired",
    (now) => ({ collateral: { pckCrl: { nextUpdate: now - 1 } } }),
  ],
  "a CRL in its last second": [
    "accept",
    (now) => ({ collateral: { pckCrl: { nextUpdate: now } } }),
  ],
  "a CRL from the future": [
    "crl_not_yet_valid",
    (now) => ({ collateral: { pckCrl: { thisUpdate: now + 1 } } }),
  ],
  "the root's CRL past its next update": [
    "crl_expired",
    (now) => ({ collateral: { rootCrl: { nextUpdate: now - 1 } } }),
  ],
  "the root's CRL from the future": [
    "crl_not_yet_valid",
    (now) => ({ collateral: { rootCrl: { thisUpdate: now + 1 } } }),
  ],
  "the root's CRL in place of the CA's": [
    "crl_wrong_issuer",
    { patchCollateral: (parts) => ({ ...parts, pckCrl: parts.rootCaCrl }) },
  ],
  "the CA's CRL in place of the root's": [
    "crl_wrong_issuer",
    { patchCollateral: (parts) => ({ ...parts, rootCaCrl: parts.pckCrl }) },
  ],
  "the CRL of another CA": ["crl_wrong_issuer", otherCa],
  "a CRL that an attacker signed": [
    "crl_signature",
    (now) => patch({ pckCrl: crlOf(strangers.platformCa, now) }),
  ],
  "a root CRL that an attacker signed": [
    "crl_signature",
    (now) => patch({ rootCaCrl: crlOf(strangers.root, now) }),
  ],

  "TCB info signed by a PCK": [
    "certificate_chain",
    { collateral: { tcbInfoSigner: usualPki().pck } },
  ],
  "QE identity signed by a PCK": [
    "certificate_chain",
    { collateral: { qeIdentitySigner: usualPki().pck } },
  ],
  "TCB info signed by the CA": [
    "certificate_chain",
    { collateral: { tcbInfoSigner: usualPki().platformCa } },
  ],
  "TCB info signed under another root": [
    "certificate_chain",
    { collateral: { tcbInfoSigner: strangers.tcbSigner } },
  ],
}

function renewedCa(): ScenarioChanges {
  const renewed = createPki(SEED, { platformCa: { serial: new Uint8Array(20).fill(9) } })
  return { quote: { chain: chainOf(renewed) } }
}

function otherCa(): ScenarioChanges {
  return { machine: createPki(SEED, { otherKeys: ["platformCa"] }) }
}

function withoutSgx(): ScenarioChanges {
  return { pki: { pck: { sgx: element(0x30) } } }
}

type Role = "pck" | "platformCa" | "tcbSigner"

function chain(
  choose: (pki: Pki) => readonly { certificate: Uint8Array }[],
): () => ScenarioChanges {
  return () => {
    const certificates = choose(usualPki()).map(({ certificate }) => certificate)
    return { quote: { chain: toPem(...certificates) } }
  }
}

/** In the part that is signed. */
function flipIn(role: "pck" | "platformCa"): () => ScenarioChanges {
  return () => {
    const { pck, platformCa, root } = usualPki()
    const flipped = (one: { certificate: Uint8Array }, isIt: boolean) =>
      isIt ? one.certificate.with(25, (one.certificate[25] ?? 0) ^ 1) : one.certificate
    const certificates = [flipped(pck, role === "pck"), flipped(platformCa, role === "platformCa")]
    return { quote: { chain: toPem(...certificates, root.certificate) } }
  }
}

function ended(role: Role): Change {
  return (now) => ({ pki: { [role]: { notAfter: now - 1 } } satisfies PkiChanges })
}

function early(role: Role): Change {
  return (now) => ({ pki: { [role]: { notBefore: now + DAY } } satisfies PkiChanges })
}

function revokedBy(crl: "pckCrl" | "rootCrl", role: Role): () => ScenarioChanges {
  return () => ({ collateral: { [crl]: { revoked: [usualPki()[role].serial] } } })
}

function patch(parts: Partial<Collateral>): ScenarioChanges {
  return { patchCollateral: (collateral) => ({ ...collateral, ...parts }) }
}

function extendCrl(parts: Collateral): Collateral {
  const longer = Buffer.concat([Buffer.from(parts.pckCrl, "base64"), Buffer.from([0])])
  return { ...parts, pckCrl: longer.toString("base64") }
}

function crlOf(issuer: Pki["root"], now: number): string {
  const crl = issueCrl({ thisUpdate: now - DAY, nextUpdate: now + DAY, revoked: [] }, issuer)
  return Buffer.from(crl).toString("base64")
}

function collateralOf(other: Pki, now: number): Collateral {
  return createCollateral(other, now - 3600)
}
