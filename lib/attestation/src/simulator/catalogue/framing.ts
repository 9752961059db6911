/** Lengths, versions and kinds that disagree with the form of a quote. None of them is signed. */
import { chainOf } from "../quote.ts"
import type { Group } from "./case.ts"
import { type ScenarioChanges, usualPki } from "./scenario.ts"

/** Offsets in a version 4 quote. */
const AT = {
  version: 0,
  keyType: 2,
  teeType: 4,
  vendor: 12,
  authSize: 632,
  outerType: 764,
  outerSize: 766,
  qeAuthSize: 1218,
  innerType: 1252,
  innerSize: 1254,
} as const
const V5_BODY_TYPE = 48
const V5_BODY_SIZE = 50

export const framing: Group = {
  "version 4": ["accept", {}],
  "version 5, TD 1.0": ["accept", { quote: { version: 5 } }],
  "version 5, TD 1.5": ["accept", { quote: { version: 5, bodyType: "td1.5" } }],
  "version 5, TD 1.5ex": ["accept", { quote: { version: 5, bodyType: "td1.5ex" } }],
  "no padding": ["accept", { quote: { padding: 0 } }],
  "3,065 zero bytes behind": ["accept", { quote: { padding: 3065 } }],
  "a chain without its NUL": [
    "accept",
    () => ({ quote: { chain: chainOf(usualPki()).slice(0, -1) } }),
  ],
  "an empty quote": ["quote_size", cut(0)],
  "a header alone": ["quote_size", cut(48)],
  "a quote of 1,019 bytes": ["quote_size", cut(1019)],
  "a quote cut in its QE report": ["quote_framing", cut(1100)],
  "a quote cut in its chain": ["quote_framing", cut(3000)],
  "more than 16 KiB": ["quote_size", { quote: { padding: 16_384 } }],
  "version 3": ["quote_version", u16(AT.version, 3)],
  "version 6": ["quote_version", u16(AT.version, 6)],
  "an SGX quote": ["wrong_tee", u32(AT.teeType, 0)],
  "a key on P-384": ["attestation_key_type", u16(AT.keyType, 3)],
  "another vendor": ["quote_vendor", u16(AT.vendor, 0)],
  "a body of SGX": ["quote_body", v5(V5_BODY_TYPE, 1)],
  "a body of an unknown type": ["quote_body", v5(V5_BODY_TYPE, 5)],
  "a body of another type": ["quote_body", v5(V5_BODY_TYPE, 2)],
  "a body size one less": ["quote_body", v5(V5_BODY_SIZE, 647)],
  "a body size one more": ["quote_body", v5(V5_BODY_SIZE, 649)],
  "authentication data of no bytes": ["trailing_bytes", u32(AT.authSize, 0)],
  "authentication data of 4 GB": ["quote_framing", u32(AT.authSize, 0xffffffff)],
  "authentication data one byte less": ["quote_framing", add(AT.authSize, -1)],
  "authentication data one byte more": ["quote_framing", add(AT.authSize, 1)],
  "certification data of the wrong type": ["unsupported_certification_data", u16(AT.outerType, 5)],
  "certification data of no bytes": ["quote_framing", u32(AT.outerSize, 0)],
  "certification data one byte more": ["quote_framing", add(AT.outerSize, 1)],
  "QE authentication data of 31 bytes": [
    "qe_auth_length",
    { quote: { qeAuthData: new Uint8Array(31) } },
  ],
  "QE authentication data of 33 bytes": [
    "qe_auth_length",
    { quote: { qeAuthData: new Uint8Array(33) } },
  ],
  "QE authentication data of 64 KB": ["qe_auth_length", u16(AT.qeAuthSize, 0xffff)],
  "a PCK in clear (type 1)": ["unsupported_certification_data", u16(AT.innerType, 1)],
  "an encrypted PPID (type 3)": ["unsupported_certification_data", u16(AT.innerType, 3)],
  "a QE report in a QE report": ["unsupported_certification_data", u16(AT.innerType, 6)],
  "a chain of no bytes": ["quote_framing", u32(AT.innerSize, 0)],
  "a chain one byte less": ["quote_framing", add(AT.innerSize, -1)],
  "a byte behind that is not zero": [
    "trailing_bytes",
    { patchQuote: (quote) => Buffer.concat([quote, Buffer.from([1])]) },
  ],
  "text behind the chain": ["malformed_certificate_chain", chain((pem) => `${pem}x`)],
  "text before the chain": ["malformed_certificate_chain", chain((pem) => ` ${pem}`)],
  "two NULs behind the chain": ["malformed_certificate_chain", chain((pem) => `${pem}\0`)],
  "a chain that is not base64": [
    "malformed_certificate_chain",
    chain((pem) => pem.replace("MII", "M!I")),
  ],
  "two certificates": [
    "malformed_certificate_chain",
    chain((pem) => pem.slice(pem.indexOf("-----BEGIN", 1))),
  ],
  "four certificates": [
    "malformed_certificate_chain",
    chain((pem) => pem.slice(0, pem.indexOf("-----BEGIN", 1)) + pem),
  ],
  "no chain": ["malformed_certificate_chain", chain(() => "")],
}

function cut(length: number): ScenarioChanges {
  return { patchQuote: (quote) => quote.subarray(0, length) }
}

function u16(at: number, value: number): ScenarioChanges {
  return { patchQuote: (quote) => write(quote, (bytes) => bytes.writeUInt16LE(value, at)) }
}

function u32(at: number, value: number): ScenarioChanges {
  return { patchQuote: (quote) => write(quote, (bytes) => bytes.writeUInt32LE(value, at)) }
}

function add(at: number, difference: number): ScenarioChanges {
  return {
    patchQuote: (quote) =>
      write(quote, (bytes) => bytes.writeUInt32LE(bytes.readUInt32LE(at) + difference, at)),
  }
}

function v5(at: number, value: number): ScenarioChanges {
  return { quote: { version: 5, bodyType: "td1.5" }, ...u16(at, value) }
}

function chain(change: (pem: string) => string): () => ScenarioChanges {
  return () => ({ quote: { chain: change(chainOf(usualPki())) } })
}

function write(quote: Buffer, change: (bytes: Buffer) => unknown): Buffer {
  change(quote)
  return quote
}
