/** Collateral of a simulated platform: signed JSON and CRLs, as Intel's service would answer. */
import type { Collateral } from "../pure/index.ts"
import { type CrlSpec, issueCrl, toPem } from "./certificate.ts"
import { type Identity, type Pki, serialOf } from "./pki.ts"

/** A field of the JSON that is signed. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** What to make otherwise; everything is signed after it has been changed. */
export interface CollateralChanges {
  readonly tcbInfo?: (info: JsonObject) => JsonObject
  readonly qeIdentity?: (identity: JsonObject) => JsonObject
  /** The text itself, where no object would give it. */
  readonly tcbInfoText?: (text: string) => string
  readonly qeIdentityText?: (text: string) => string
  readonly tcbInfoSigner?: Identity
  readonly qeIdentitySigner?: Identity
  readonly pckCrl?: Partial<CrlSpec>
  readonly rootCrl?: Partial<CrlSpec>
  readonly pckCrlIssuer?: Identity
  readonly rootCrlIssuer?: Identity
}

const DAY = 86_400
/** Collateral of Intel's lasts 30 days, the root's CRL a year. */
const LIFE = 30 * DAY
const YEAR = 365 * DAY
/** As many as Intel's list has in 2026; what it costs to read them is part of the form. */
const STRANGERS = Array.from({ length: 57 }, (_, at) =>
  serialOf(new Uint8Array(), `stranger ${at}`),
)

/** MRSIGNER of Intel's TD quoting enclave. */
export const QE_MRSIGNER = "dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5"
const EVALUATION_NUMBER = 20

/** `issuedAt`: Unix seconds. */
export function createCollateral(
  pki: Pki,
  issuedAt: number,
  changes: CollateralChanges = {},
): Collateral {
  const { root, platformCa, tcbSigner } = pki
  const dates = { issueDate: iso(issuedAt), nextUpdate: iso(issuedAt + LIFE) }
  const tcbInfo = write(tcbInfoOf(pki, dates), changes.tcbInfo, changes.tcbInfoText)
  const qeIdentity = write(qeIdentityOf(dates), changes.qeIdentity, changes.qeIdentityText)
  const tcbInfoSigner = changes.tcbInfoSigner ?? tcbSigner
  const qeIdentitySigner = changes.qeIdentitySigner ?? tcbSigner
  const pckCrlIssuer = changes.pckCrlIssuer ?? platformCa
  const crl = { thisUpdate: issuedAt, revoked: [] }
  const pckCrl = { ...crl, nextUpdate: issuedAt + LIFE, revoked: STRANGERS }
  return {
    tcbInfo,
    tcbInfoSignature: sign(tcbInfo, tcbInfoSigner),
    tcbInfoIssuerChain: toPem(tcbInfoSigner.certificate, root.certificate),
    qeIdentity,
    qeIdentitySignature: sign(qeIdentity, qeIdentitySigner),
    qeIdentityIssuerChain: toPem(qeIdentitySigner.certificate, root.certificate),
    pckCrl: base64(issueCrl({ ...pckCrl, ...changes.pckCrl }, pckCrlIssuer)),
    pckCrlIssuerChain: toPem(pckCrlIssuer.certificate, root.certificate),
    rootCaCrl: base64(
      issueCrl(
        { ...crl, nextUpdate: issuedAt + YEAR, ...changes.rootCrl },
        changes.rootCrlIssuer ?? root,
      ),
    ),
  }
}

function tcbInfoOf({ platform }: Pki, dates: JsonObject): JsonObject {
  const module = {
    mrsigner: "0".repeat(96),
    attributes: "0".repeat(16),
    attributesMask: "F".repeat(16),
  }
  const components = (svns: readonly number[]): Json =>
    Array.from({ length: 16 }, (_, at) => ({ svn: svns[at] ?? 0 }))
  const svnLevel = (isvsvn: number, day: string, tcbStatus: string): Json => ({
    tcb: { isvsvn },
    tcbDate: `${day}T00:00:00Z`,
    tcbStatus,
  })
  return {
    id: "TDX",
    version: 3,
    ...dates,
    fmspc: platform.fmspc.toUpperCase(),
    pceId: platform.pceId,
    tcbType: 0,
    tcbEvaluationDataNumber: EVALUATION_NUMBER,
    tdxModule: module,
    tdxModuleIdentities: [
      {
        id: "TDX_03",
        ...module,
        tcbLevels: [svnLevel(5, "2025-08-13", "UpToDate"), svnLevel(3, "2024-11-13", "OutOfDate")],
      },
      {
        id: "TDX_01",
        ...module,
        tcbLevels: [svnLevel(11, "2025-08-13", "UpToDate"), svnLevel(6, "2024-11-13", "OutOfDate")],
      },
    ],
    tcbLevels: [
      {
        tcb: {
          sgxtcbcomponents: components([4, 4, 2, 2, 4, 1, 0, 5]),
          pcesvn: 11,
          tdxtcbcomponents: components([5, 0, 4]),
        },
        tcbDate: "2025-08-13T00:00:00Z",
        tcbStatus: "UpToDate",
      },
      {
        tcb: {
          sgxtcbcomponents: components([2, 2, 2, 2, 3, 1, 0, 5]),
          pcesvn: 5,
          tdxtcbcomponents: components([5, 0, 2]),
        },
        tcbDate: "2018-01-04T00:00:00Z",
        tcbStatus: "OutOfDate",
        advisoryIDs: ["INTEL-SA-01036"],
      },
    ],
  }
}

function qeIdentityOf(dates: JsonObject): JsonObject {
  return {
    id: "TD_QE",
    version: 2,
    ...dates,
    tcbEvaluationDataNumber: EVALUATION_NUMBER,
    miscselect: "00000000",
    miscselectMask: "FFFFFFFF",
    attributes: "11000000000000000000000000000000",
    attributesMask: "FBFFFFFFFFFFFFFF0000000000000000",
    mrsigner: QE_MRSIGNER.toUpperCase(),
    isvprodid: 2,
    tcbLevels: [
      { tcb: { isvsvn: 4 }, tcbDate: "2025-08-13T00:00:00Z", tcbStatus: "UpToDate" },
      { tcb: { isvsvn: 2 }, tcbDate: "2024-11-13T00:00:00Z", tcbStatus: "OutOfDate" },
    ],
  }
}

function write(
  object: JsonObject,
  change: ((object: JsonObject) => JsonObject) | undefined,
  changeText: ((text: string) => string) | undefined,
): string {
  const text = JSON.stringify(change ? change(object) : object)
  return changeText ? changeText(text) : text
}

function sign(text: string, { key }: Identity): string {
  return Buffer.from(key.sign(Buffer.from(text))).toString("hex")
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64")
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z")
}
