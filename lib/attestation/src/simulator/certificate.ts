/** Certificates and CRLs in the form of Intel's SGX hierarchy. */
import { createHash } from "node:crypto"
import {
  bitString,
  boolean,
  element,
  enumerated,
  integer,
  octetString,
  oid,
  printableString,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts"
import type { SigningKey } from "./signing-key.ts"

export interface CertificateSpec {
  readonly commonName: string
  /** 20 bytes. */
  readonly serial: Uint8Array
  /** Unix seconds. */
  readonly notBefore: number
  readonly notAfter: number
  readonly isCa: boolean
  readonly pathLength?: number | undefined
  /** The first byte of the bit string. */
  readonly keyUsage: number
  /** DER of Intel's extension. */
  readonly sgx?: Uint8Array
  /** Further extensions, whole DER. */
  readonly extensions?: readonly Uint8Array[]
}

export interface Issuer {
  readonly commonName: string
  readonly key: SigningKey
}

export interface CrlSpec {
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** Serial numbers. */
  readonly revoked: readonly Uint8Array[]
  readonly extensions?: readonly Uint8Array[]
}

export const KEY_USAGE = { sign: 0xc0, issue: 0x06 } as const

const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"))
const P256 = sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"))
const SGX = "1.2.840.113741.1.13.1"

export function issueCertificate(
  spec: CertificateSpec,
  key: SigningKey,
  issuer: Issuer,
): Uint8Array {
  const { isCa, pathLength, keyUsage } = spec
  const constraints = [
    ...(isCa ? [boolean(true)] : []),
    ...(pathLength === undefined ? [] : [integer(pathLength)]),
  ]
  const unusedBits = Math.clz32(keyUsage & -keyUsage) ^ 31
  const extensions = [
    authorityKeyIdentifier(issuer.key),
    extension("2.5.29.31", distributionPoint(`https://simulator.invalid/${issuer.commonName}.crl`)),
    extension("2.5.29.14", octetString(keyIdentifier(key))),
    extension("2.5.29.15", bitString(Buffer.from([keyUsage]), unusedBits), true),
    extension("2.5.29.19", sequence(...constraints), true),
    ...(spec.sgx ? [extension(SGX, spec.sgx)] : []),
    ...(spec.extensions ?? []),
  ]
  return sign(
    issuer.key,
    element(0xa0, integer(2)),
    integer(spec.serial),
    ECDSA_WITH_SHA256,
    name(issuer.commonName),
    sequence(time(spec.notBefore), time(spec.notAfter)),
    name(spec.commonName),
    sequence(P256, bitString(Buffer.concat([Buffer.from([4]), key.publicKey]))),
    element(0xa3, sequence(...extensions)),
  )
}

export function issueCrl(spec: CrlSpec, issuer: Issuer): Uint8Array {
  const keyCompromise = sequence(extension("2.5.29.21", enumerated(1)))
  const entries = spec.revoked.map((serial) =>
    sequence(integer(serial), time(spec.thisUpdate), keyCompromise),
  )
  const extensions = [
    extension("2.5.29.20", integer(1)),
    authorityKeyIdentifier(issuer.key),
    ...(spec.extensions ?? []),
  ]
  return sign(
    issuer.key,
    integer(1),
    ECDSA_WITH_SHA256,
    name(issuer.commonName),
    time(spec.thisUpdate),
    time(spec.nextUpdate),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    element(0xa0, sequence(...extensions)),
  )
}

export function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octetString(value))
}

export function toPem(...certificates: readonly Uint8Array[]): string {
  return certificates
    .map((der) => {
      const lines = Buffer.from(der)
        .toString("base64")
        .replaceAll(/.{64}(?=.)/g, "$&\n")
      return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
    })
    .join("")
}

export interface PckExtension {
  /** Hex: 16, 2 and 6 bytes. */
  readonly ppid: string
  readonly pceId: string
  readonly fmspc: string
  /** 16 numbers. */
  readonly components: readonly number[]
  readonly pceSvn: number
}

/** The value of 1.2.840.113741.1.13.1 in a PCK certificate. */
export function pckExtension(spec: PckExtension): Uint8Array {
  const entry = (id: string, value: Uint8Array) => sequence(oid(`${SGX}.${id}`), value)
  const svns = spec.components.map((svn, at) => entry(`2.${at + 1}`, integer(svn)))
  const flag = (number: number) => entry(`7.${number}`, boolean(true))
  return sequence(
    entry("1", octetString(Buffer.from(spec.ppid, "hex"))),
    entry(
      "2",
      sequence(
        ...svns,
        entry("2.17", integer(spec.pceSvn)),
        entry("2.18", octetString(Buffer.from(spec.components))),
      ),
    ),
    entry("3", octetString(Buffer.from(spec.pceId, "hex"))),
    entry("4", octetString(Buffer.from(spec.fmspc, "hex"))),
    entry("5", enumerated(1)),
    entry("6", octetString(keyIdentifierOf(Buffer.from(spec.ppid)).subarray(0, 16))),
    entry("7", sequence(flag(1), flag(2), flag(3))),
  )
}

function sign(key: SigningKey, ...tbs: readonly Uint8Array[]): Uint8Array {
  const signed = sequence(...tbs)
  const signature = key.sign(signed)
  const pair = sequence(integer(signature.subarray(0, 32)), integer(signature.subarray(32)))
  return sequence(signed, ECDSA_WITH_SHA256, bitString(pair))
}

/** Named as Intel's are, but of another organisation. */
function name(commonName: string): Buffer {
  const attribute = (id: string, value: Uint8Array) => set(sequence(oid(id), value))
  return sequence(
    attribute("2.5.4.3", utf8String(commonName)),
    attribute("2.5.4.10", utf8String("OutLayer Simulator")),
    attribute("2.5.4.7", utf8String("Nowhere")),
    attribute("2.5.4.8", utf8String("CA")),
    attribute("2.5.4.6", printableString("US")),
  )
}

function authorityKeyIdentifier(key: SigningKey): Buffer {
  return extension("2.5.29.35", sequence(element(0x80, keyIdentifier(key))))
}

/** A list of one point, which is named by its URI (RFC 5280, 4.2.1.13). */
function distributionPoint(uri: string): Buffer {
  return sequence(sequence(element(0xa0, element(0xa0, element(0x86, Buffer.from(uri))))))
}

const keyIdentifier = (key: SigningKey): Buffer => keyIdentifierOf(key.publicKey)

const keyIdentifierOf = (bytes: Uint8Array): Buffer => createHash("sha1").update(bytes).digest()
