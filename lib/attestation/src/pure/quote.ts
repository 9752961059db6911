/**
 * The bytes of a TDX quote, version 4 and 5 (Intel TDX DCAP Quoting Library API, appendix 3).
 * All integers are little-endian. Everything has one place and one length; what is left over is refused.
 */
import { readU16, readU32 } from "./bytes.ts"
import type { BodyType, TdReport } from "./facts.ts"
import { readPem } from "./pem.ts"
import type { Primitives } from "./primitives.ts"
import { attempt, type Reason, Refusal, type Result } from "./refusal.ts"

export interface Quote {
  readonly version: 4 | 5
  readonly bodyType: BodyType
  readonly report: TdReport
  /** Header and body: what the attestation key signs. */
  readonly signed: Uint8Array
  readonly signature: Uint8Array
  /** x || y. */
  readonly attestationKey: Uint8Array
  readonly qeReport: Uint8Array
  readonly qeReportSignature: Uint8Array
  readonly qeAuthData: Uint8Array
  /** DER of PCK, PCK CA and root. */
  readonly certificates: readonly Uint8Array[]
}

const BYTES_MIN = 1020
const BYTES_MAX = 16_384
const HEADER_BYTES = 48
const TEE_TDX = 0x81
const ECDSA_P256 = 2
const INTEL_QE = "939a7233f79c4ca9940a0db3957f0607"
const QE_AUTH_BYTES = 32
const CERTIFICATION = { pckChain: 5, qeReport: 6 } as const

const BODY_BYTES: Readonly<Record<BodyType, number>> = {
  "td1.0": 584,
  "td1.5": 648,
  "td1.5ex": 885,
}
/** Version 5 says which; version 4 knows only the first. */
const BODY_TYPES: Readonly<Record<number, BodyType>> = { 2: "td1.0", 3: "td1.5", 4: "td1.5ex" }

/** Offsets in the body, and sizes; the last two from TD 1.5 on. */
const REPORT_FIELDS = [
  ["teeTcbSvn", 0, 16],
  ["mrSeam", 16, 48],
  ["mrSignerSeam", 64, 48],
  ["seamAttributes", 112, 8],
  ["tdAttributes", 120, 8],
  ["xfam", 128, 8],
  ["mrTd", 136, 48],
  ["mrConfigId", 184, 48],
  ["mrOwner", 232, 48],
  ["mrOwnerConfig", 280, 48],
  ["rtmr0", 328, 48],
  ["rtmr1", 376, 48],
  ["rtmr2", 424, 48],
  ["rtmr3", 472, 48],
  ["reportData", 520, 64],
] as const
const TEE_TCB_SVN_2 = 584
const MR_SERVICE_TD = 600

/** Says what is there. That it is genuine is for `verifyQuote` to say. */
export function parseQuote(bytes: Uint8Array, primitives: Primitives): Result<Quote> {
  return attempt(() => readQuote(bytes, primitives))
}

export function readQuote(bytes: Uint8Array, primitives: Primitives): Quote {
  const { encodeHex } = primitives
  demand(bytes.length >= BYTES_MIN && bytes.length <= BYTES_MAX, "quote_size", bytes.length)
  demand(readU32(bytes, 4) === TEE_TDX, "wrong_tee", readU32(bytes, 4))
  const version = readU16(bytes, 0)
  if (version !== 4 && version !== 5) throw new Refusal("quote_version", String(version))
  demand(readU16(bytes, 2) === ECDSA_P256, "attestation_key_type", readU16(bytes, 2))
  const vendor = encodeHex(bytes.subarray(12, 28))
  demand(vendor === INTEL_QE, "quote_vendor", vendor)

  const bodyType = version === 4 ? "td1.0" : BODY_TYPES[readU16(bytes, HEADER_BYTES)]
  if (bodyType === undefined) throw new Refusal("quote_body", "unknown type")
  const bodyBytes = BODY_BYTES[bodyType]
  if (version === 5) {
    const claimed = readU32(bytes, HEADER_BYTES + 2)
    demand(claimed === bodyBytes, "quote_body", claimed)
  }
  const bodyAt = version === 4 ? HEADER_BYTES : HEADER_BYTES + 6
  const signedBytes = bodyAt + bodyBytes
  demand(signedBytes + 4 <= bytes.length, "quote_framing", "shorter than its body")

  const authAt = signedBytes + 4
  const authEnd = authAt + readU32(bytes, signedBytes)
  demand(authEnd <= bytes.length, "quote_framing", "authentication data is cut off")
  const padding = bytes.length - authEnd
  demand(
    primitives.latin1(bytes.subarray(authEnd)) === "\0".repeat(padding),
    "trailing_bytes",
    padding,
  )
  return {
    version,
    bodyType,
    report: readReport(bytes.subarray(bodyAt, signedBytes), bodyType, primitives),
    signed: bytes.subarray(0, signedBytes),
    ...readAuthData(bytes.subarray(authAt, authEnd), primitives),
  }
}

function readReport(body: Uint8Array, bodyType: BodyType, { encodeHex }: Primitives): TdReport {
  const report: Record<string, string> = {}
  for (const [name, at, size] of REPORT_FIELDS) {
    report[name] = encodeHex(body.subarray(at, at + size))
  }
  const isOld = bodyType === "td1.0"
  return {
    ...(report as Record<(typeof REPORT_FIELDS)[number][0], string>),
    teeTcbSvn2: isOld ? null : encodeHex(body.subarray(TEE_TCB_SVN_2, TEE_TCB_SVN_2 + 16)),
    mrServiceTd: isOld ? null : encodeHex(body.subarray(MR_SERVICE_TD, MR_SERVICE_TD + 48)),
    ext: bodyType === "td1.5ex" ? encodeHex(body.subarray(BODY_BYTES["td1.5"])) : null,
  }
}

type AuthData = Omit<Quote, "version" | "bodyType" | "report" | "signed">

/** Signature, key, then certification data of type 6 around one of type 5; each fills its frame. */
function readAuthData(auth: Uint8Array, primitives: Primitives): AuthData {
  const outerAt = 64 + 64
  demand(auth.length >= outerAt + 6, "quote_framing", "authentication data is too short")
  const outerType = readU16(auth, outerAt)
  demand(outerType === CERTIFICATION.qeReport, "unsupported_certification_data", outerType)
  const qeAt = outerAt + 6
  const outerBytes = readU32(auth, outerAt + 2)
  demand(qeAt + outerBytes === auth.length, "quote_framing", "certification data")

  const qeAuthAt = qeAt + 384 + 64 + 2
  demand(auth.length >= qeAuthAt, "quote_framing", "QE report is cut off")
  const qeAuthBytes = readU16(auth, qeAuthAt - 2)
  demand(qeAuthBytes === QE_AUTH_BYTES, "qe_auth_length", qeAuthBytes)

  const innerAt = qeAuthAt + QE_AUTH_BYTES
  demand(auth.length >= innerAt + 6, "quote_framing", "QE certification data is cut off")
  const innerType = readU16(auth, innerAt)
  demand(innerType === CERTIFICATION.pckChain, "unsupported_certification_data", innerType)
  demand(
    innerAt + 6 + readU32(auth, innerAt + 2) === auth.length,
    "quote_framing",
    "QE certification data",
  )
  const chain = primitives.latin1(auth.subarray(innerAt + 6))
  return {
    signature: auth.subarray(0, 64),
    attestationKey: auth.subarray(64, outerAt),
    qeReport: auth.subarray(qeAt, qeAt + 384),
    qeReportSignature: auth.subarray(qeAt + 384, qeAt + 448),
    qeAuthData: auth.subarray(qeAuthAt, innerAt),
    // The chain is a C string on some platforms and not on others.
    certificates: readPem(primitives, chain.endsWith("\0") ? chain.slice(0, -1) : chain, 3),
  }
}

function demand(holds: boolean, reason: Reason, found: string | number): void {
  if (!holds) throw new Refusal(reason, String(found))
}
