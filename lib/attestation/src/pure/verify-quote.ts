/** The second step: a quote is genuine, and of a platform that verified collateral describes. */
import { areEqual, concatenate, readU16 } from "./bytes.ts"
import { type Certificate, checkLeaf, checkSignedBy, readCertificate } from "./certificate.ts"
import { checkCa, checkClock } from "./collateral.ts"
import type { CollateralFacts, QuoteFacts } from "./facts.ts"
import { isOnCurve, isSigned } from "./p256.ts"
import { type PckFacts, readPckExtension } from "./pck.ts"
import type { Primitives } from "./primitives.ts"
import { type Quote, readQuote } from "./quote.ts"
import { attempt, Refusal, type Result } from "./refusal.ts"
import { decode, equalsUnderMask, evaluateTcb } from "./tcb.ts"

const PCK = "Intel SGX PCK Certificate"

/** Offsets in an SGX enclave report (Intel SDM, volume 3D, 39.15). */
const QE_REPORT = {
  miscSelect: 16,
  attributes: 48,
  mrSigner: 128,
  isvProdId: 256,
  isvSvn: 258,
  reportData: 320,
} as const

/** A quote that was read, and nothing of it verified yet. */
export interface OpenedQuote {
  /** The platform family that it claims: by this its collateral is found. */
  readonly fmspc: string
  readonly quote: Quote
  readonly pck: Certificate
  readonly platform: PckFacts
}

/** For who must find collateral first; `verifyOpenedQuote` goes on with what was read. */
export function openQuote(bytes: Uint8Array, primitives: Primitives): Result<OpenedQuote> {
  return attempt(() => open(bytes, primitives))
}

/** `now` is Unix seconds of a clock that is trusted. A quote itself carries no time. */
export function verifyQuote(
  bytes: Uint8Array,
  facts: CollateralFacts,
  now: number,
  primitives: Primitives,
): Result<QuoteFacts> {
  const opened = openQuote(bytes, primitives)
  return opened.ok ? verifyOpenedQuote(opened.value, facts, now, primitives) : opened
}

export function verifyOpenedQuote(
  { quote, pck, platform }: OpenedQuote,
  facts: CollateralFacts,
  now: number,
  primitives: Primitives,
): Result<QuoteFacts> {
  return attempt(() => {
    checkClock(now)
    if (now < facts.validFrom) throw new Refusal("collateral_not_yet_valid", "all of it")
    if (now > facts.validUntil) throw new Refusal("collateral_expired", "a part of it")
    const validUntil = checkPckChain(quote, pck, facts, now, primitives)
    if (platform.fmspc !== facts.fmspc) throw new Refusal("fmspc_mismatch", platform.fmspc)
    if (platform.pceId !== facts.pceId) throw new Refusal("pce_id_mismatch", platform.pceId)
    checkQe(quote, pck, facts, primitives)
    if (!isSigned(primitives, quote.signed, quote.signature, quote.attestationKey)) {
      throw new Refusal("quote_signature", "not of the attestation key")
    }
    const { report, version, bodyType } = quote
    const qeSvn = readU16(quote.qeReport, QE_REPORT.isvSvn)
    return {
      version,
      bodyType,
      report,
      fmspc: platform.fmspc,
      pceId: platform.pceId,
      ppid: platform.ppid,
      tcb: evaluateTcb(facts, platform, report, qeSvn, primitives),
      evaluationNumber: Math.min(facts.evaluationNumber.tcbInfo, facts.evaluationNumber.qeIdentity),
      validUntil,
      root: facts.root,
    }
  })
}

function open(bytes: Uint8Array, primitives: Primitives): OpenedQuote {
  const quote = readQuote(bytes, primitives)
  const [der] = quote.certificates
  const pck = readCertificate(der ?? new Uint8Array(), primitives)
  checkLeaf(pck, PCK)
  const platform = readPckExtension(pck.sgx ?? new Uint8Array(), primitives)
  return { fmspc: platform.fmspc, quote, pck, platform }
}

/** Returns when the first of its certificates ends. */
function checkPckChain(
  { certificates }: Quote,
  pck: Certificate,
  facts: CollateralFacts,
  now: number,
  primitives: Primitives,
): number {
  const [, caDer, rootDer] = certificates
  if (!caDer || !rootDer) throw new Error("the parser let another chain through")
  const hash = (der: Uint8Array) => primitives.encodeHex(primitives.sha256(der))
  if (hash(rootDer) !== facts.root) throw new Refusal("untrusted_root", "the quote's chain")
  // The CA of the collateral was verified with it; another may be a renewal with the same key.
  const isKnownCa = hash(caDer) === facts.pckCa.certificateSha256
  const caUntil = isKnownCa ? Infinity : checkOtherCa(caDer, rootDer, facts, now, primitives)

  const publicKey = decode(facts.pckCa.publicKey, primitives)
  checkSignedBy(primitives, pck, { subject: facts.pckCa.subject, publicKey }, now)
  if (facts.revokedByPckCa.includes(pck.serial)) throw new Refusal("certificate_revoked", PCK)
  return Math.min(facts.validUntil, pck.notAfter, caUntil)
}

/** When the certificate ends. */
function checkOtherCa(
  caDer: Uint8Array,
  rootDer: Uint8Array,
  facts: CollateralFacts,
  now: number,
  primitives: Primitives,
): number {
  const ca = readCertificate(caDer, primitives)
  checkCa(ca, readCertificate(rootDer, primitives), now, primitives)
  const isSameCa =
    ca.subject === facts.pckCa.subject &&
    primitives.encodeHex(ca.publicKey) === facts.pckCa.publicKey
  if (!isSameCa) throw new Refusal("crl_wrong_issuer", `the CRL is not of ${ca.commonName}`)
  if (facts.revokedByRoot.includes(ca.serial)) {
    throw new Refusal("certificate_revoked", ca.commonName)
  }
  return ca.notAfter
}

/** The PCK signs the quoting enclave's report, which names the attestation key, which signs the quote. */
function checkQe(
  quote: Quote,
  pck: Certificate,
  { qeIdentity }: CollateralFacts,
  primitives: Primitives,
): void {
  const { qeReport, qeReportSignature, attestationKey, qeAuthData } = quote
  if (!isSigned(primitives, qeReport, qeReportSignature, pck.publicKey)) {
    throw new Refusal("qe_report_signature", "not of the PCK")
  }
  const bound = primitives.sha256(concatenate(attestationKey, qeAuthData))
  const reportData = new Uint8Array(64)
  reportData.set(bound)
  if (!areEqual(qeReport.subarray(QE_REPORT.reportData), reportData)) {
    throw new Refusal("attestation_key_binding", "QE report data")
  }
  if (!isOnCurve(primitives.encodeHex(attestationKey))) {
    throw new Refusal("attestation_key_binding", "the attestation key is not on the curve")
  }

  const field = (at: number, size: number) => primitives.encodeHex(qeReport.subarray(at, at + size))
  const isDebug = ((qeReport[QE_REPORT.attributes] ?? 0) & 2) !== 0
  const { miscSelect, miscSelectMask, attributes, attributesMask } = qeIdentity
  const isIt =
    !isDebug &&
    field(QE_REPORT.mrSigner, 32) === qeIdentity.mrSigner &&
    readU16(qeReport, QE_REPORT.isvProdId) === qeIdentity.isvProdId &&
    equalsUnderMask(field(QE_REPORT.miscSelect, 4), miscSelect, miscSelectMask, primitives) &&
    equalsUnderMask(field(QE_REPORT.attributes, 16), attributes, attributesMask, primitives)
  if (!isIt) throw new Refusal("qe_identity_mismatch", field(QE_REPORT.mrSigner, 32))
}
