/** Quotes of a simulated machine, byte for byte in the form of real ones, and signed as they are. */
import { createHash } from "node:crypto"
import type { BodyType, TdReport } from "../pure/index.ts"
import { toPem } from "./certificate.ts"
import { QE_MRSIGNER } from "./collateral.ts"
import type { Pki } from "./pki.ts"
import type { SigningKey } from "./signing-key.ts"

/** All that a quote consists of. */
export interface QuoteParts {
  readonly version: number
  readonly bodyType: BodyType
  readonly report: TdReport
  readonly signature: Uint8Array
  readonly attestationKey: Uint8Array
  readonly qeReport: Uint8Array
  readonly qeReportSignature: Uint8Array
  readonly qeAuthData: Uint8Array
  /** PEM. */
  readonly chain: string
  /** Zero bytes behind. */
  readonly padding: number
}

/** What to make otherwise. Everything is signed after it has been changed. */
export interface QuoteChanges {
  readonly version?: 4 | 5
  readonly bodyType?: BodyType
  readonly report?: Partial<TdReport>
  readonly qeReport?: Partial<QeReport>
  readonly qeAuthData?: Uint8Array
  readonly attestationKey?: SigningKey
  readonly chain?: string
  readonly padding?: number
}

interface QeReport {
  /** Hex. */
  readonly cpuSvn: string
  readonly miscSelect: string
  readonly attributes: string
  readonly mrEnclave: string
  readonly mrSigner: string
  readonly isvProdId: number
  readonly isvSvn: number
  /** 64 bytes, hex; made from the attestation key unless given. */
  readonly reportData: string
}

const INTEL_QE = "939a7233f79c4ca9940a0db3957f0607"
const BODY_NUMBERS: Readonly<Record<BodyType, number>> = { "td1.0": 2, "td1.5": 3, "td1.5ex": 4 }
const ZERO_48 = "0".repeat(96)

/** Of a TD that nobody has launched: up to date, and nothing measured. */
export const REPORT: TdReport = {
  teeTcbSvn: "0b010400".padEnd(32, "0"),
  mrSeam: sha384("simulated TDX module"),
  mrSignerSeam: ZERO_48,
  seamAttributes: "0".repeat(16),
  tdAttributes: "0000001000000000",
  xfam: "e702060000000000",
  mrTd: sha384("simulated firmware"),
  mrConfigId: ZERO_48,
  mrOwner: ZERO_48,
  mrOwnerConfig: ZERO_48,
  rtmr0: sha384("simulated hardware"),
  rtmr1: sha384("simulated kernel"),
  rtmr2: sha384("simulated command line"),
  rtmr3: ZERO_48,
  reportData: "0".repeat(128),
  teeTcbSvn2: null,
  mrServiceTd: null,
  ext: null,
}

const QE_REPORT: Omit<QeReport, "reportData"> = {
  cpuSvn: "0404191b04ff00060000000000000000",
  miscSelect: "00000000",
  attributes: "1500000000000000e700000000000000",
  mrEnclave: createHash("sha256").update("simulated quoting enclave").digest("hex"),
  mrSigner: QE_MRSIGNER,
  isvProdId: 2,
  isvSvn: 8,
}

export function createQuote(pki: Pki, changes: QuoteChanges = {}): Uint8Array {
  return serializeQuote(createQuoteParts(pki, changes))
}

export function createQuoteParts(pki: Pki, changes: QuoteChanges = {}): QuoteParts {
  const { version = 4, bodyType = "td1.0" } = changes
  const key = changes.attestationKey ?? pki.keyOf("attestation")
  const qeAuthData = changes.qeAuthData ?? Uint8Array.from({ length: 32 }, (_, at) => at)
  const bound = createHash("sha256").update(key.publicKey).update(qeAuthData).digest("hex")
  const qeReport = writeQeReport({
    ...QE_REPORT,
    reportData: bound.padEnd(128, "0"),
    ...changes.qeReport,
  })
  const report = { ...REPORT, ...laterFields(bodyType), ...changes.report }
  if (report.teeTcbSvn2 === "") report.teeTcbSvn2 = report.teeTcbSvn
  return {
    version,
    bodyType,
    report,
    signature: key.sign(signedRegion({ version, bodyType, report })),
    attestationKey: key.publicKey,
    qeReport,
    qeReportSignature: pki.pck.key.sign(qeReport),
    qeAuthData,
    chain: changes.chain ?? chainOf(pki),
    padding: changes.padding ?? (version === 4 ? 70 : 0),
  }
}

/** With the NUL that most platforms end it with. */
export function chainOf({ pck, platformCa, root }: Pki): string {
  return `${toPem(pck.certificate, platformCa.certificate, root.certificate)}\0`
}

export function serializeQuote(parts: QuoteParts): Uint8Array {
  const inner = Buffer.from(parts.chain, "latin1")
  const certification = Buffer.concat([
    parts.qeReport,
    parts.qeReportSignature,
    u16(parts.qeAuthData.length),
    parts.qeAuthData,
    u16(5),
    u32(inner.length),
    inner,
  ])
  const auth = Buffer.concat([
    parts.signature,
    parts.attestationKey,
    u16(6),
    u32(certification.length),
    certification,
  ])
  return Buffer.concat([signedRegion(parts), u32(auth.length), auth, Buffer.alloc(parts.padding)])
}

function signedRegion({
  version,
  bodyType,
  report,
}: Pick<QuoteParts, "version" | "bodyType" | "report">): Buffer {
  const header = Buffer.concat([
    u16(version),
    u16(2),
    u32(0x81),
    u32(0),
    Buffer.from(INTEL_QE, "hex"),
    Buffer.alloc(20, 0x51),
  ])
  const body = Buffer.from(
    [
      report.teeTcbSvn,
      report.mrSeam,
      report.mrSignerSeam,
      report.seamAttributes,
      report.tdAttributes,
      report.xfam,
      report.mrTd,
      report.mrConfigId,
      report.mrOwner,
      report.mrOwnerConfig,
      report.rtmr0,
      report.rtmr1,
      report.rtmr2,
      report.rtmr3,
      report.reportData,
      report.teeTcbSvn2 ?? "",
      report.mrServiceTd ?? "",
      report.ext ?? "",
    ].join(""),
    "hex",
  )
  const prefix = Buffer.concat([u16(BODY_NUMBERS[bodyType]), u32(body.length)])
  return Buffer.concat(version === 4 ? [header, body] : [header, prefix, body])
}

function writeQeReport(report: QeReport): Buffer {
  const bytes = Buffer.alloc(384)
  bytes.write(report.cpuSvn, 0, "hex")
  bytes.write(report.miscSelect, 16, "hex")
  bytes.write(report.attributes, 48, "hex")
  bytes.write(report.mrEnclave, 64, "hex")
  bytes.write(report.mrSigner, 128, "hex")
  bytes.writeUInt16LE(report.isvProdId, 256)
  bytes.writeUInt16LE(report.isvSvn, 258)
  bytes.write(report.reportData, 320, "hex")
  return bytes
}

/** An empty TEE_TCB_SVN_2 stands for that of the launch. */
function laterFields(bodyType: BodyType): Partial<TdReport> {
  if (bodyType === "td1.0") return {}
  const later = { teeTcbSvn2: "", mrServiceTd: ZERO_48 }
  if (bodyType === "td1.5") return later
  return { ...later, ext: `00${sha384("simulated TD").slice(0, 64)}`.padEnd(474, "0") }
}

function sha384(text: string): string {
  return createHash("sha384").update(text).digest("hex")
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
