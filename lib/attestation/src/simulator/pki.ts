/**
 * A certificate hierarchy in the form of Intel's, all of it from one seed: the same seed gives the
 * same bytes in every process. Its root is nobody's but the simulator's.
 */
import { createHash } from "node:crypto"
import {
  type CertificateSpec,
  type Issuer,
  issueCertificate,
  KEY_USAGE,
  type PckExtension,
  pckExtension,
} from "./certificate.ts"
import { createSigningKey, type SigningKey } from "./signing-key.ts"

export interface Identity extends Issuer {
  readonly certificate: Uint8Array
  readonly serial: Uint8Array
}

export interface Pki {
  readonly root: Identity
  readonly platformCa: Identity
  readonly tcbSigner: Identity
  readonly pck: Identity
  readonly platform: PckExtension
  /** A key of the same seed. */
  readonly keyOf: (label: string) => SigningKey
}

/** What to make otherwise. */
export interface PkiChanges {
  readonly root?: Partial<CertificateSpec>
  readonly platformCa?: Partial<CertificateSpec>
  readonly tcbSigner?: Partial<CertificateSpec>
  readonly pck?: Partial<CertificateSpec>
  readonly platform?: Partial<PckExtension>
  /** Whose keys are others of the same seed. */
  readonly otherKeys?: readonly ("platformCa" | "tcbSigner" | "pck")[]
}

/** Those of a machine of 2025, but for a family number that Intel has not given. */
const PLATFORM: PckExtension = {
  ppid: "5eed".repeat(8),
  pceId: "0000",
  fmspc: "f0f0f0000000",
  components: [4, 4, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0],
  pceSvn: 11,
}

export function createPki(seed: Uint8Array, changes: PkiChanges = {}): Pki {
  const keyOf = (label: string) => createSigningKey(seed, label)
  const platform = { ...PLATFORM, ...changes.platform }
  const others = changes.otherKeys ?? []

  function issue(
    role: "root" | "platformCa" | "tcbSigner" | "pck",
    spec: Omit<CertificateSpec, "serial">,
    issuer?: Issuer,
  ): Identity {
    const label = others.some((other) => other === role) ? `another ${role}` : role
    const key = keyOf(label)
    const whole = { serial: serialOf(seed, label), ...spec, ...changes[role] }
    const { commonName, serial } = whole
    const certificate = issueCertificate(whole, key, issuer ?? { commonName, key })
    return { commonName, key, certificate, serial }
  }

  const ca = { isCa: true, keyUsage: KEY_USAGE.issue, notBefore: utc("2018-05-21") }
  const leaf = { isCa: false, keyUsage: KEY_USAGE.sign, notBefore: utc("2025-05-06") }
  const root = issue("root", {
    ...ca,
    commonName: "Intel SGX Root CA",
    pathLength: 1,
    notAfter: utc("2049-12-31"),
  })
  const platformCa = issue(
    "platformCa",
    { ...ca, commonName: "Intel SGX PCK Platform CA", pathLength: 0, notAfter: utc("2033-05-21") },
    root,
  )
  const tcbSigner = issue(
    "tcbSigner",
    { ...leaf, commonName: "Intel SGX TCB Signing", notAfter: utc("2032-05-06") },
    root,
  )
  const pck = issue(
    "pck",
    {
      ...leaf,
      commonName: "Intel SGX PCK Certificate",
      notAfter: utc("2032-05-06"),
      sgx: pckExtension(platform),
    },
    platformCa,
  )
  return { root, platformCa, tcbSigner, pck, platform, keyOf }
}

/** 20 bytes, positive. */
export function serialOf(seed: Uint8Array, label: string): Uint8Array {
  const serial = createHash("sha1").update(seed).update(`\0serial\0${label}`).digest()
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f)
  return serial
}

function utc(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000
}
