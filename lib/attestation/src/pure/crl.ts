/** Certificate revocation lists of Intel's SGX hierarchy (RFC 5280, 5). */
import type { Certificate } from "./certificate.ts"
import {
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
import { isSigned } from "./p256.ts"
import type { Primitives } from "./primitives.ts"
import { Refusal } from "./refusal.ts"
import { passAlgorithm, readSigned } from "./signed.ts"
import { takeTime } from "./time.ts"

export interface Crl {
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** Serial numbers, hex. */
  readonly revoked: readonly string[]
}

/** A CRL that `issuer` signed, in its period. Its number orders nothing: Intel's is always 1. */
export function readCrl(
  primitives: Primitives,
  base64: string,
  issuer: Certificate,
  now: number,
): Crl {
  const { decodeBase64, encodeHex, latin1 } = primitives
  if (base64 === "") throw new Refusal("crl_missing", `no CRL of ${issuer.commonName}`)
  const bytes = decodeBase64(base64)
  if (!bytes) throw new Refusal("crl_malformed", "not base64")
  const outer = openDer(bytes, "crl_malformed")
  const parts = enter(outer, TAG.sequence)
  finish(outer)
  const { signed, signature } = readSigned(parts, primitives)

  const tbs = enter(openDer(signed, "crl_malformed"), TAG.sequence)
  if (takeSmallInteger(tbs) !== 1) throw malformed(tbs)
  passAlgorithm(tbs, primitives)
  if (encodeHex(takeWhole(tbs, TAG.sequence)) !== issuer.subject) {
    throw new Refusal("crl_wrong_issuer", `not of ${issuer.commonName}`)
  }
  if ((issuer.keyUsage & 0x02) === 0) {
    throw new Refusal("certificate_chain", `${issuer.commonName} may not sign CRLs`)
  }
  if (!isSigned(primitives, signed, signature, issuer.publicKey)) {
    throw new Refusal("crl_signature", `CRL of ${issuer.commonName}`)
  }
  const thisUpdate = takeTime(tbs, latin1)
  const nextUpdate = takeTime(tbs, latin1)
  if (now < thisUpdate) throw new Refusal("crl_not_yet_valid", `CRL of ${issuer.commonName}`)
  if (now > nextUpdate) throw new Refusal("crl_expired", `CRL of ${issuer.commonName}`)

  const revoked: string[] = []
  if (isNext(tbs, TAG.sequence)) {
    const entries = enter(tbs, TAG.sequence)
    while (hasMore(entries)) {
      // Whatever the entry's date and reason, the certificate counts as revoked.
      revoked.push(encodeHex(take(enter(entries, TAG.sequence), TAG.integer)))
    }
  }
  if (hasMore(tbs)) refuseCriticalExtensions(enter(tbs, TAG.context0))
  finish(tbs)
  return { thisUpdate, nextUpdate, revoked }
}

/** A critical extension could say that the list is of other certificates, or only part of a list. */
function refuseCriticalExtensions(wrapper: ReturnType<typeof enter>): void {
  const list = enter(wrapper, TAG.sequence)
  finish(wrapper)
  while (hasMore(list)) {
    const extension = enter(list, TAG.sequence)
    pass(extension, TAG.oid)
    if (isNext(extension, TAG.boolean) && takeBoolean(extension)) throw malformed(extension)
  }
}
