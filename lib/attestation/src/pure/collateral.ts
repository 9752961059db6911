/** The first step: collateral, verified once and for all quotes of its platform family. */
import { areEqual } from "./bytes.ts"
import {
  type Certificate,
  checkIssued,
  checkLeaf,
  checkPeriod,
  readCertificate,
} from "./certificate.ts"
import { type Crl, readCrl } from "./crl.ts"
import type { Collateral, CollateralFacts } from "./facts.ts"
import { isSigned } from "./p256.ts"
import { readPem } from "./pem.ts"
import type { Primitives } from "./primitives.ts"
import { readQeIdentity } from "./qe-identity.ts"
import { attempt, type Reason, Refusal, type Result } from "./refusal.ts"
import { readTcbInfo } from "./tcb-info.ts"

const TCB_SIGNER = "Intel SGX TCB Signing"
const PCK_CAS: readonly string[] = ["Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA"]

interface Root {
  readonly der: Uint8Array
  readonly certificate: Certificate
  readonly crl: Crl
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
    const { encodeHex, sha256 } = primitives
    const root = openRoot(collateral, rootCertificate, now, primitives)

    const tcbChain = collateral.tcbInfoIssuerChain
    const qeChain = collateral.qeIdentityIssuerChain
    const tcbSigner = readSigner(tcbChain, root, now, primitives)
    const qeSigner = qeChain === tcbChain ? tcbSigner : readSigner(qeChain, root, now, primitives)
    checkText(
      collateral.tcbInfo,
      collateral.tcbInfoSignature,
      tcbSigner,
      "tcb_info_signature",
      primitives,
    )
    const tcb = readTcbInfo(collateral.tcbInfo)
    checkText(
      collateral.qeIdentity,
      collateral.qeIdentitySignature,
      qeSigner,
      "qe_identity_signature",
      primitives,
    )
    const qe = readQeIdentity(collateral.qeIdentity)
    for (const { issueDate, nextUpdate } of [tcb, qe]) {
      if (now < issueDate) throw new Refusal("collateral_not_yet_valid", `issued at ${issueDate}`)
      if (now > nextUpdate) throw new Refusal("collateral_expired", `until ${nextUpdate}`)
    }

    const ca = readPckCa(collateral.pckCrlIssuerChain, root, now, primitives)
    const pckCrl = readCrl(primitives, collateral.pckCrl, ca.certificate, now)

    const certificates = [root.certificate, tcbSigner, qeSigner, ca.certificate]
    const starts = certificates.map(({ notBefore }) => notBefore)
    const ends = certificates.map(({ notAfter }) => notAfter)
    return {
      root: encodeHex(sha256(rootCertificate)),
      fmspc: tcb.fmspc,
      pceId: tcb.pceId,
      validFrom: Math.max(
        tcb.issueDate,
        qe.issueDate,
        root.crl.thisUpdate,
        pckCrl.thisUpdate,
        ...starts,
      ),
      validUntil: Math.min(
        tcb.nextUpdate,
        qe.nextUpdate,
        root.crl.nextUpdate,
        pckCrl.nextUpdate,
        ...ends,
      ),
      issuedAt: {
        tcbInfo: tcb.issueDate,
        qeIdentity: qe.issueDate,
        pckCrl: pckCrl.thisUpdate,
        rootCrl: root.crl.thisUpdate,
      },
      evaluationNumber: { tcbInfo: tcb.evaluationNumber, qeIdentity: qe.evaluationNumber },
      pckCa: {
        certificateSha256: encodeHex(sha256(ca.der)),
        publicKey: encodeHex(ca.certificate.publicKey),
        subject: ca.certificate.subject,
      },
      revokedByRoot: root.crl.revoked,
      revokedByPckCa: pckCrl.revoked,
      tcbLevels: tcb.tcbLevels,
      tdxModule: tcb.tdxModule,
      tdxModuleIdentities: tcb.tdxModuleIdentities,
      qeIdentity: qe.identity,
    }
  })
}

/**
 * Whether `next` may take the place of `current`: of the same root and platform family, and no part
 * older. Who supplies collateral must not choose the verdict by going back to an older set.
 */
export function supersedes(next: CollateralFacts, current: CollateralFacts): boolean {
  const { issuedAt, evaluationNumber } = next
  return (
    next.root === current.root &&
    next.fmspc === current.fmspc &&
    next.pceId === current.pceId &&
    evaluationNumber.tcbInfo >= current.evaluationNumber.tcbInfo &&
    evaluationNumber.qeIdentity >= current.evaluationNumber.qeIdentity &&
    issuedAt.tcbInfo >= current.issuedAt.tcbInfo &&
    issuedAt.qeIdentity >= current.issuedAt.qeIdentity &&
    issuedAt.pckCrl >= current.issuedAt.pckCrl &&
    issuedAt.rootCrl >= current.issuedAt.rootCrl
  )
}

/** A clock in milliseconds, or none at all, would make every comparison of dates meaningless. */
export function checkClock(now: number): void {
  if (!Number.isSafeInteger(now) || now < 0 || now > 0xffffffff) {
    throw new Error(`not Unix seconds: ${now}`)
  }
}

/** The CA of a PCK chain, one of two by name. */
export function checkCa(
  certificate: Certificate,
  root: Certificate,
  now: number,
  primitives: Primitives,
): void {
  if (!PCK_CAS.includes(certificate.commonName)) {
    throw new Refusal("certificate_chain", `${certificate.commonName} is no PCK CA`)
  }
  if (!certificate.isCa || (certificate.keyUsage & 0x04) === 0) {
    throw new Refusal("certificate_chain", `${certificate.commonName} may not issue certificates`)
  }
  checkIssued(primitives, certificate, root, now)
}

function openRoot(
  { rootCaCrl }: Collateral,
  der: Uint8Array,
  now: number,
  primitives: Primitives,
): Root {
  const certificate = readCertificate(der, primitives)
  checkPeriod(certificate, now)
  return { der, certificate, crl: readCrl(primitives, rootCaCrl, certificate, now) }
}

function readSigner(chain: string, root: Root, now: number, primitives: Primitives): Certificate {
  const { certificate } = readUnderRoot(chain, root, primitives)
  checkLeaf(certificate, TCB_SIGNER)
  checkIssued(primitives, certificate, root.certificate, now)
  return certificate
}

function readPckCa(
  chain: string,
  root: Root,
  now: number,
  primitives: Primitives,
): { der: Uint8Array; certificate: Certificate } {
  const ca = readUnderRoot(chain, root, primitives)
  checkCa(ca.certificate, root.certificate, now, primitives)
  return ca
}

/** The first of two certificates, not revoked; the second is the root. */
function readUnderRoot(
  chain: string,
  root: Root,
  primitives: Primitives,
): { der: Uint8Array; certificate: Certificate } {
  const [der, last] = readPem(primitives, chain, 2)
  if (!der || !last || !areEqual(last, root.der)) {
    throw new Refusal("untrusted_root", "a collateral chain ends at another certificate")
  }
  const certificate = readCertificate(der, primitives)
  if (root.crl.revoked.includes(certificate.serial)) {
    throw new Refusal("certificate_revoked", certificate.commonName)
  }
  return { der, certificate }
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
