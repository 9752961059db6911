/** The first step: collateral, verified once and for all quotes of its platform family. */
import {
  type Certificate,
  checkIssued,
  checkLeaf,
  checkPeriod,
  readCertificate,
} from "./certificate.ts"
import { readCrl } from "./crl.ts"
import type { Collateral, CollateralFacts } from "./facts.ts"
import { isSigned } from "./p256.ts"
import { readPem } from "./pem.ts"
import type { Primitives } from "./primitives.ts"
import { type DatedQeIdentity, readQeIdentity } from "./qe-identity.ts"
import { attempt, type Reason, Refusal, type Result } from "./refusal.ts"
import { readTcbInfo, type TcbInfo } from "./tcb-info.ts"

const TCB_SIGNER = "Intel SGX TCB Signing"
const PCK_CA = "Intel SGX PCK Platform CA"
/** Under the same root, of machines that know SGX alone: no TDX machine's certificate is of it. */
const OTHER_PCK_CA = "Intel SGX PCK Processor CA"

interface Context {
  readonly root: Certificate
  /** SHA-256, hex. */
  readonly rootHash: string
  readonly now: number
  readonly primitives: Primitives
}

/**
 * `rootCertificate` is DER, and compared by every byte: certificates of other keys bear the same name.
 * `now` is Unix seconds of a clock that is trusted.
 */
export function readCollateral(
  collateral: Collateral,
  rootCertificate: Uint8Array,
  now: number,
  primitives: Primitives,
): Result<CollateralFacts> {
  return attempt(() => {
    checkClock(now)
    checkParts(collateral)
    const root = readCertificate(rootCertificate, primitives)
    checkPeriod(root, now)
    const rootHash = hash(rootCertificate, primitives)
    const context = { root, rootHash, now, primitives }

    const { tcbInfoIssuerChain: tcbChain, qeIdentityIssuerChain: qeChain } = collateral
    const tcbSigner = readSigner(tcbChain, context)
    const qeSigner = qeChain === tcbChain ? tcbSigner : readSigner(qeChain, context)
    const [ca, caDer] = readUnderRoot(collateral.pckCrlIssuerChain, context)
    checkCa(ca, root, now, primitives)

    const rootCrl = readCrl(primitives, collateral.rootCaCrl, root, now)
    for (const { serial, commonName } of [tcbSigner, qeSigner, ca]) {
      if (rootCrl.revoked.includes(serial)) throw new Refusal("certificate_revoked", commonName)
    }
    const pckCrl = readCrl(primitives, collateral.pckCrl, ca, now)
    const { tcb, qe } = readTexts(collateral, tcbSigner, qeSigner, context)

    const { encodeHex } = primitives
    const certificates = [root, tcbSigner, qeSigner, ca]
    return {
      root: rootHash,
      fmspc: tcb.fmspc,
      pceId: tcb.pceId,
      validFrom: Math.max(
        ...[tcb, qe].map(({ issueDate }) => issueDate),
        ...[rootCrl, pckCrl].map(({ thisUpdate }) => thisUpdate),
        ...certificates.map(({ notBefore }) => notBefore),
      ),
      validUntil: Math.min(
        ...[tcb, qe, rootCrl, pckCrl].map(({ nextUpdate }) => nextUpdate),
        ...certificates.map(({ notAfter }) => notAfter),
      ),
      issuedAt: {
        tcbInfo: tcb.issueDate,
        qeIdentity: qe.issueDate,
        pckCrl: pckCrl.thisUpdate,
        rootCrl: rootCrl.thisUpdate,
      },
      evaluationNumber: { tcbInfo: tcb.evaluationNumber, qeIdentity: qe.evaluationNumber },
      pckCa: {
        certificateSha256: hash(caDer, primitives),
        publicKey: encodeHex(ca.publicKey),
        subject: ca.subject,
      },
      revokedByRoot: rootCrl.revoked,
      revokedByPckCa: pckCrl.revoked,
      tcbLevels: tcb.tcbLevels,
      tdxModule: tcb.tdxModule,
      tdxModuleIdentities: tcb.tdxModuleIdentities,
      qeIdentity: qe.identity,
    }
  })
}

/**
 * Whether `next` may take the place of `current`: of the same root, platform family and PCK CA, and no
 * part older. Who supplies collateral must not choose the verdict by going back to an older set.
 */
export function supersedes(next: CollateralFacts, current: CollateralFacts): boolean {
  const { issuedAt, evaluationNumber } = next
  return (
    next.root === current.root &&
    next.fmspc === current.fmspc &&
    next.pceId === current.pceId &&
    next.pckCa.subject === current.pckCa.subject &&
    next.pckCa.publicKey === current.pckCa.publicKey &&
    evaluationNumber.tcbInfo >= current.evaluationNumber.tcbInfo &&
    evaluationNumber.qeIdentity >= current.evaluationNumber.qeIdentity &&
    issuedAt.tcbInfo >= current.issuedAt.tcbInfo &&
    issuedAt.qeIdentity >= current.issuedAt.qeIdentity &&
    issuedAt.pckCrl >= current.issuedAt.pckCrl &&
    issuedAt.rootCrl >= current.issuedAt.rootCrl
  )
}

/**
 * Whether it supersedes `current` and says more: the same pieces under certificates that end later do,
 * or who brought them first, with one about to end, would keep out who brings them whole.
 */
export function isNews(next: CollateralFacts, current: CollateralFacts): boolean {
  if (!supersedes(next, current)) return false
  return !supersedes(current, next) || next.validUntil > current.validUntil
}

/** A part has at most 7 KB, so far; whoever may bring collateral may bring anything. */
const PART_MAX = 65_536
const PARTS: readonly (keyof Collateral)[] = [
  "tcbInfo",
  "tcbInfoSignature",
  "tcbInfoIssuerChain",
  "qeIdentity",
  "qeIdentitySignature",
  "qeIdentityIssuerChain",
  "pckCrl",
  "pckCrlIssuerChain",
  "rootCaCrl",
]

function checkParts(collateral: Collateral): void {
  for (const part of PARTS) {
    const value: unknown = collateral[part]
    if (typeof value !== "string") throw new Refusal("collateral_malformed", `${part} is not text`)
    if (value.length > PART_MAX) throw new Refusal("collateral_malformed", `${part} is too large`)
  }
}

/** A clock in milliseconds, or none at all, would make every comparison of dates meaningless. */
export function checkClock(now: number): void {
  if (!Number.isSafeInteger(now) || now < 0 || now > 0xffffffff) {
    throw new Error(`not Unix seconds: ${now}`)
  }
}

/** The CA of a TDX machine's PCK chain. */
export function checkCa(
  certificate: Certificate,
  root: Certificate,
  now: number,
  primitives: Primitives,
): void {
  if (certificate.commonName === OTHER_PCK_CA) {
    throw new Refusal("crl_wrong_issuer", `${OTHER_PCK_CA} is of no TDX machine`)
  }
  if (certificate.commonName !== PCK_CA) {
    throw new Refusal("certificate_chain", `${certificate.commonName} is no PCK CA`)
  }
  if (!certificate.isCa || (certificate.keyUsage & 0x04) === 0) {
    throw new Refusal("certificate_chain", `${certificate.commonName} may not issue certificates`)
  }
  checkIssued(primitives, certificate, root, now)
}

function readSigner(chain: string, context: Context): Certificate {
  const [signer] = readUnderRoot(chain, context)
  checkLeaf(signer, TCB_SIGNER)
  checkIssued(context.primitives, signer, context.root, context.now)
  return signer
}

/** The first of two certificates, and its DER; the second is the root. */
function readUnderRoot(
  chain: string,
  { rootHash, primitives }: Context,
): readonly [Certificate, Uint8Array] {
  const [der, last] = readPem(primitives, chain, 2)
  if (!der || !last || hash(last, primitives) !== rootHash) {
    throw new Refusal("untrusted_root", "a chain of the collateral")
  }
  return [readCertificate(der, primitives), der]
}

function readTexts(
  collateral: Collateral,
  tcbSigner: Certificate,
  qeSigner: Certificate,
  { now, primitives }: Context,
): { tcb: TcbInfo; qe: DatedQeIdentity } {
  const { tcbInfo, tcbInfoSignature, qeIdentity, qeIdentitySignature } = collateral
  checkText(tcbInfo, tcbInfoSignature, tcbSigner, "tcb_info_signature", primitives)
  const tcb = readTcbInfo(tcbInfo)
  checkText(qeIdentity, qeIdentitySignature, qeSigner, "qe_identity_signature", primitives)
  const qe = readQeIdentity(qeIdentity)
  for (const { issueDate, nextUpdate } of [tcb, qe]) {
    if (now < issueDate) throw new Refusal("collateral_not_yet_valid", `issued at ${issueDate}`)
    if (now > nextUpdate) throw new Refusal("collateral_expired", `until ${nextUpdate}`)
  }
  return { tcb, qe }
}

function checkText(
  text: string,
  signatureHex: string,
  signer: Certificate,
  reason: Reason,
  primitives: Primitives,
): void {
  const signature = primitives.decodeHex(signatureHex)
  if (!signature || signature.length !== 64) throw new Refusal(reason, "not 64 bytes of hex")
  if (!isSigned(primitives, primitives.utf8(text), signature, signer.publicKey)) {
    throw new Refusal(reason, `${signer.commonName} did not sign it`)
  }
}

function hash(bytes: Uint8Array, { sha256, encodeHex }: Primitives): string {
  return encodeHex(sha256(bytes))
}
