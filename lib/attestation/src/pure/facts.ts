/** What passes between the two steps of verification and appraisal: plain data, fit for JSON. */

/** As fetched. What is signed stays text, byte for byte. */
export interface Collateral {
  readonly tcbInfo: string
  /** r || s, hex. */
  readonly tcbInfoSignature: string
  /** PEM, signer then root. */
  readonly tcbInfoIssuerChain: string
  readonly qeIdentity: string
  readonly qeIdentitySignature: string
  readonly qeIdentityIssuerChain: string
  /** DER, base64. */
  readonly pckCrl: string
  /** PEM, PCK CA then root. */
  readonly pckCrlIssuerChain: string
  /** DER, base64. */
  readonly rootCaCrl: string
}

export type TcbStatus =
  | "UpToDate"
  | "SWHardeningNeeded"
  | "ConfigurationNeeded"
  | "ConfigurationAndSWHardeningNeeded"
  | "TDRelaunchAdvised"
  | "TDRelaunchAdvisedConfigurationNeeded"
  | "OutOfDate"
  | "OutOfDateConfigurationNeeded"
  | "Revoked"

/** `svn` is the least that the level asks for. */
export interface SvnLevel {
  readonly svn: number
  readonly status: TcbStatus
  readonly advisoryIds: readonly string[]
}

export interface TcbLevel {
  /** 16 bytes each, hex. */
  readonly sgx: string
  readonly tdx: string
  readonly pceSvn: number
  readonly status: TcbStatus
  readonly advisoryIds: readonly string[]
  /** As in TCB info. */
  readonly date: string
}

/** Hex, all three. */
export interface TdxModule {
  readonly mrSigner: string
  readonly attributes: string
  readonly attributesMask: string
}

export interface TdxModuleIdentity extends TdxModule {
  /** `TDX_` and two hex digits, the major version. */
  readonly id: string
  readonly levels: readonly SvnLevel[]
}

/** Hex, but for numbers. */
export interface QeIdentity {
  readonly miscSelect: string
  readonly miscSelectMask: string
  readonly attributes: string
  readonly attributesMask: string
  readonly mrSigner: string
  readonly isvProdId: number
  readonly levels: readonly SvnLevel[]
}

/** Verified collateral, all that a quote is judged by. Times are Unix seconds, bytes are lower-case hex. */
export interface CollateralFacts {
  /** SHA-256 of the root certificate that all of it chains to. */
  readonly root: string
  readonly fmspc: string
  readonly pceId: string
  /** The span in which every dated part is valid, both ends included. */
  readonly validFrom: number
  readonly validUntil: number
  readonly issuedAt: {
    readonly tcbInfo: number
    readonly qeIdentity: number
    readonly pckCrl: number
    readonly rootCrl: number
  }
  /** tcbEvaluationDataNumber. Genuine sets may differ by one. */
  readonly evaluationNumber: { readonly tcbInfo: number; readonly qeIdentity: number }
  /** The CA that the PCK CRL speaks for. */
  readonly pckCa: {
    readonly certificateSha256: string
    readonly publicKey: string
    /** The whole name, DER. */
    readonly subject: string
  }
  /** Serial numbers. */
  readonly revokedByRoot: readonly string[]
  readonly revokedByPckCa: readonly string[]
  readonly tcbLevels: readonly TcbLevel[]
  readonly tdxModule: TdxModule
  readonly tdxModuleIdentities: readonly TdxModuleIdentity[]
  readonly qeIdentity: QeIdentity
}

/** The TD report of a quote: every field as lower-case hex. */
export interface TdReport {
  readonly teeTcbSvn: string
  readonly mrSeam: string
  readonly mrSignerSeam: string
  readonly seamAttributes: string
  readonly tdAttributes: string
  readonly xfam: string
  readonly mrTd: string
  readonly mrConfigId: string
  readonly mrOwner: string
  readonly mrOwnerConfig: string
  readonly rtmr0: string
  readonly rtmr1: string
  readonly rtmr2: string
  readonly rtmr3: string
  readonly reportData: string
  /** TD 1.5 and later: the module that runs the TD now; `teeTcbSvn` is the one that launched it. */
  readonly teeTcbSvn2: string | null
  readonly mrServiceTd: string | null
  /** All that TD 1.5ex adds, 237 bytes: byte 0 is the VM's index, 1 to 32 the TD's id. */
  readonly ext: string | null
}

export type BodyType = "td1.0" | "td1.5" | "td1.5ex"

/** A verified quote: genuine, of a platform that the collateral describes. Nothing is said yet of whether we want it. */
export interface QuoteFacts {
  readonly version: 4 | 5
  readonly bodyType: BodyType
  readonly report: TdReport
  readonly fmspc: string
  readonly pceId: string
  /** Which machine: identical in all its quotes. */
  readonly ppid: string
  readonly tcb: {
    /** What the three below come to, by Intel's rules, and whether a relaunch is due. */
    readonly status: TcbStatus
    readonly platform: TcbStatus
    /** Modules of major version 0 have no identity of their own. */
    readonly module: TcbStatus | null
    readonly qe: TcbStatus
    /** TD 1.5 and later: what the status were, had the TD been launched now. */
    readonly current: TcbStatus | null
    readonly advisoryIds: readonly string[]
    readonly date: string
  }
  /** The lesser of the collateral's two. */
  readonly evaluationNumber: number
  /** When collateral or the PCK certificate ends. */
  readonly validUntil: number
  readonly root: string
}

/** One line of dstack's event log, as the guest agent writes it. Hex where bytes. */
export interface LogEvent {
  readonly imr: number
  readonly event_type: number
  readonly digest: string
  readonly event: string
  readonly event_payload: string
  readonly version?: number | undefined
}

/** What the boot measured into RTMR3 before system-ready. Hex. */
export interface BootClaims {
  readonly composeHash: string
  readonly appId: string
  readonly instanceId: string
  /** `name` of the event key-provider. */
  readonly keyProvider: string
  readonly keyProviderId: string
}

/** From whom an application has its keys, and under which name: another's KMS gives other keys. */
export interface KeyOrigin {
  readonly keyProvider: string
  readonly keyProviderId: string
  readonly appId: string
}

/** What names an application on a machine of a kind: approved as a whole, never field by field. Hex. */
export interface Measurement {
  readonly mrTd: string
  readonly rtmr0: string
  readonly rtmr1: string
  readonly rtmr2: string
  readonly composeHash: string
  /** Approved without one: with keys from anywhere. */
  readonly keyOrigin?: KeyOrigin | undefined
}

/** Read off a machine: with the origin of its keys, always. */
export interface Measured extends Measurement {
  readonly keyOrigin: KeyOrigin
}

export interface PlatformPolicy {
  readonly tcbStatuses: readonly TcbStatus[]
  /** Advisories accepted beside an accepted status: lifecycle notes, `INTEL-DOC-`. */
  readonly advisoryPrefixes: readonly string[]
  readonly minimumEvaluationNumber: number
  /** Exact, 8 bytes, hex. */
  readonly tdAttributes: string
  /** 8 bytes each, hex; they differ by cloud. */
  readonly xfams: readonly string[]
}

export interface Policy extends PlatformPolicy {
  readonly measurements: readonly Measurement[]
  /** Names; `kms`, `local-sgx`, ... never `none`. */
  readonly keyProviders: readonly string[]
}

/** What comes with a quote: its log, and the 64 bytes that its REPORTDATA must be. */
export interface Evidence {
  /** A list of `LogEvent`, if it is what it should be: it comes from the machine that is judged. */
  readonly eventLog: unknown
  readonly reportData: Uint8Array
}

export interface Appraisal {
  readonly measurement: Measured
  readonly claims: BootClaims
}
