/** X.509 certificates of Intel's SGX hierarchy (RFC 5280), and what each may be used as. */
import {
  type Der,
  enter,
  finish,
  hasMore,
  isNext,
  malformed,
  openDer,
  pass,
  TAG,
  take,
  takeBoolean,
  takeSmallInteger,
  takeWhole,
} from "./der.ts"
import { isOnCurve, isSigned } from "./p256.ts"
import type { Primitives } from "./primitives.ts"
import { Refusal } from "./refusal.ts"
import { passAlgorithm, readSigned } from "./signed.ts"
import { takeTime } from "./time.ts"

export interface Certificate {
  readonly signed: Uint8Array
  readonly signature: Uint8Array
  /** Hex, as the CRL writes it. */
  readonly serial: string
  /** Whole names, DER as hex. */
  readonly issuer: string
  readonly subject: string
  readonly commonName: string
  readonly notBefore: number
  readonly notAfter: number
  /** x || y. */
  readonly publicKey: Uint8Array
  readonly isCa: boolean
  readonly pathLength: number
  /** The first byte of the bit string: digitalSignature is 0x80, keyCertSign 4, cRLSign 2. */
  readonly keyUsage: number
  /** The value of Intel's extension 1.2.840.113741.1.13.1. */
  readonly sgx: Uint8Array | undefined
}

/** SEQUENCE { SEQUENCE { ecPublicKey, prime256v1 }, BIT STRING { 4, (RFC 5480, 2). */
const P256_KEY = "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
const COMMON_NAME = "550403"
const EXTENSION = {
  keyUsage: "551d0f",
  basicConstraints: "551d13",
  sgx: "2a864886f84d010d01",
} as const

export function readCertificate(bytes: Uint8Array, primitives: Primitives): Certificate {
  const { encodeHex, latin1 } = primitives
  const outer = openDer(bytes, "certificate_malformed")
  const parts = enter(outer, TAG.sequence)
  finish(outer)
  const { signed, signature } = readSigned(parts, primitives)

  const tbs = enter(openDer(signed, "certificate_malformed"), TAG.sequence)
  const version = enter(tbs, TAG.context0)
  if (takeSmallInteger(version) !== 2) throw malformed(version)
  finish(version)
  const serial = encodeHex(take(tbs, TAG.integer))
  passAlgorithm(tbs, primitives)
  const issuer = encodeHex(takeWhole(tbs, TAG.sequence))
  const period = enter(tbs, TAG.sequence)
  const notBefore = takeTime(period, latin1)
  const notAfter = takeTime(period, latin1)
  finish(period)
  const subject = takeWhole(tbs, TAG.sequence)
  const commonName = readCommonName(subject, primitives)
  const publicKey = readPublicKey(tbs, primitives)
  const extensions = readExtensions(tbs, primitives)
  finish(tbs)
  return {
    signed,
    signature,
    serial,
    issuer,
    subject: encodeHex(subject),
    commonName,
    notBefore,
    notAfter,
    publicKey,
    ...extensions,
  }
}

/** A certificate that its CA issued, valid now. */
export function checkIssued(
  primitives: Primitives,
  certificate: Certificate,
  issuer: Certificate,
  now: number,
): void {
  if (!issuer.isCa || (issuer.keyUsage & 0x04) === 0) {
    throw new Refusal("certificate_chain", `${issuer.commonName} may not issue certificates`)
  }
  if (certificate.isCa && issuer.pathLength < 1) {
    throw new Refusal("certificate_chain", `${issuer.commonName} may have no CA under it`)
  }
  checkSignedBy(primitives, certificate, issuer, now)
}

/** The same, for an issuer that is known to be a CA. */
export function checkSignedBy(
  primitives: Primitives,
  certificate: Certificate,
  issuer: Pick<Certificate, "subject" | "publicKey">,
  now: number,
): void {
  const { commonName, signed, signature } = certificate
  if (certificate.issuer !== issuer.subject) {
    throw new Refusal("certificate_chain", `${commonName} is of another issuer`)
  }
  if (!isSigned(primitives, signed, signature, issuer.publicKey)) {
    throw new Refusal("certificate_chain", `${commonName} is not signed by its issuer`)
  }
  checkPeriod(certificate, now)
}

export function checkPeriod({ commonName, notBefore, notAfter }: Certificate, now: number): void {
  if (now < notBefore) throw new Refusal("certificate_not_yet_valid", commonName)
  if (now > notAfter) throw new Refusal("certificate_expired", commonName)
}

/** A certificate that signs data, under the name of its role. */
export function checkLeaf(certificate: Certificate, commonName: string): void {
  if (certificate.commonName !== commonName) {
    throw new Refusal("certificate_chain", `${certificate.commonName} is not ${commonName}`)
  }
  if (certificate.isCa || (certificate.keyUsage & 0x80) === 0) {
    throw new Refusal("certificate_chain", `${commonName} may not sign data`)
  }
}

function readCommonName(name: Uint8Array, { encodeHex, latin1 }: Primitives): string {
  const attributes = enter(openDer(name, "certificate_malformed"), TAG.sequence)
  while (hasMore(attributes)) {
    const set = enter(attributes, TAG.set)
    const attribute = enter(set, TAG.sequence)
    if (encodeHex(take(attribute, TAG.oid)) !== COMMON_NAME) continue
    const tag = attribute.bytes[attribute.at] ?? 0
    return latin1(take(attribute, tag))
  }
  throw malformed(attributes)
}

function readPublicKey(tbs: Der, { encodeHex }: Primitives): Uint8Array {
  const hex = encodeHex(takeWhole(tbs, TAG.sequence))
  const prefixBytes = P256_KEY.length / 2
  if (hex.length !== P256_KEY.length + 128 || !hex.startsWith(P256_KEY)) throw malformed(tbs)
  if (!isOnCurve(hex.slice(P256_KEY.length))) throw malformed(tbs)
  return tbs.bytes.subarray(tbs.at - hex.length / 2 + prefixBytes, tbs.at)
}

function readExtensions(
  tbs: Der,
  { encodeHex }: Primitives,
): Pick<Certificate, "isCa" | "pathLength" | "keyUsage" | "sgx"> {
  const found = { isCa: false, pathLength: Infinity, keyUsage: 0, sgx: undefined }
  const result: {
    -readonly [Key in "isCa" | "pathLength" | "keyUsage" | "sgx"]: Certificate[Key]
  } = found
  const seen: string[] = []
  const wrapper = enter(tbs, TAG.context3)
  const list = enter(wrapper, TAG.sequence)
  finish(wrapper)
  while (hasMore(list)) {
    const extension = enter(list, TAG.sequence)
    const id = encodeHex(take(extension, TAG.oid))
    const isCritical = isNext(extension, TAG.boolean) && takeBoolean(extension)
    const start = pass(extension, TAG.octetString)
    finish(extension)
    if (seen.includes(id)) throw malformed(extension)
    seen.push(id)
    const value: Der = { ...extension, at: start }
    if (id === EXTENSION.basicConstraints) {
      const constraints = enter(value, TAG.sequence)
      result.isCa = isNext(constraints, TAG.boolean) && takeBoolean(constraints)
      if (hasMore(constraints)) result.pathLength = takeSmallInteger(constraints)
      finish(constraints)
    } else if (id === EXTENSION.keyUsage) {
      result.keyUsage = take(value, TAG.bitString)[1] ?? 0
    } else if (id === EXTENSION.sgx) {
      result.sgx = takeWhole(value, TAG.sequence)
    } else if (isCritical) {
      throw malformed(extension)
    } else {
      continue
    }
    finish(value)
  }
  return result
}
