/** The third step: whether a genuine quote is one that we want. */
import { areEqual, isZeroHex } from "./bytes.ts"
import { readEventLog } from "./event-log.ts"
import type {
  Appraisal,
  BootClaims,
  Evidence,
  KeyOrigin,
  Measured,
  Measurement,
  PlatformPolicy,
  Policy,
  QuoteFacts,
  TdReport,
} from "./facts.ts"
import type { Primitives } from "./primitives.ts"
import { attempt, Refusal, type Result } from "./refusal.ts"
import { decode } from "./tcb.ts"

/** Up to date, nothing but SEPT_VE_DISABLE; the values of XFAM seen on today's clouds. */
export const STRICT_PLATFORM: PlatformPolicy = {
  tcbStatuses: ["UpToDate"],
  advisoryPrefixes: ["INTEL-DOC-"],
  minimumEvaluationNumber: 0,
  tdAttributes: "0000001000000000",
  xfams: [
    "e702060000000000",
    "0702000000000000",
    "e700060000000000",
    "e718060000000000",
    "e742060000000000",
  ],
}

/** dstack's that keep an application's keys from others: those of the same policy. */
export const STRICT_KEY_PROVIDERS: readonly string[] = ["kms", "local-sgx"]

/** Everything: platform, REPORTDATA, event log, key provider, and the tuple of measurements. */
export function appraise(
  facts: QuoteFacts,
  evidence: Evidence,
  policy: Policy,
  primitives: Primitives,
): Result<Appraisal> {
  const platform = checkPlatform(facts, policy, primitives)
  if (!platform.ok) return platform
  const log = readEventLog(facts.report, evidence.eventLog, primitives)
  if (!log.ok) return log
  return appraiseClaims(facts.report, log.value, evidence, policy, primitives)
}

/** The last part alone, for who has been through `checkPlatform` and `readEventLog` already. */
export function appraiseClaims(
  report: TdReport,
  claims: BootClaims,
  { reportData }: Pick<Evidence, "reportData">,
  policy: Pick<Policy, "measurements" | "keyProviders">,
  primitives: Primitives,
): Result<Appraisal> {
  return attempt(() => {
    const { keyProvider } = claims
    if (keyProvider === "none" || !policy.keyProviders.includes(keyProvider)) {
      throw new Refusal("key_provider", keyProvider)
    }
    const measurement = measurementOf(report, claims)
    if (!policy.measurements.some((approved) => meets(measurement, approved))) {
      throw new Refusal("measurement", JSON.stringify(measurement))
    }
    if (!areEqual(decode(report.reportData, primitives), reportData)) {
      throw new Refusal("report_data", report.reportData)
    }
    return { measurement, claims }
  })
}

/** What a quote says without its event log. */
export function checkPlatform(
  { report, tcb, evaluationNumber }: QuoteFacts,
  policy: PlatformPolicy,
  primitives: Primitives,
): Result<null> {
  return attempt(() => {
    checkTd(report, policy, primitives)
    if (evaluationNumber < policy.minimumEvaluationNumber) {
      throw new Refusal("tcb_evaluation_number", String(evaluationNumber))
    }
    if (!policy.tcbStatuses.includes(tcb.status)) throw new Refusal("tcb_status", tcb.status)
    for (const id of tcb.advisoryIds) {
      if (!policy.advisoryPrefixes.some((prefix) => id.startsWith(prefix))) {
        throw new Refusal("tcb_advisory", id)
      }
    }
    return null
  })
}

export function measurementOf(report: TdReport, claims: BootClaims): Measured {
  const { mrTd, rtmr0, rtmr1, rtmr2 } = report
  const { composeHash, keyProvider, keyProviderId, appId } = claims
  const keyOrigin = { keyProvider, keyProviderId, appId }
  return { mrTd, rtmr0, rtmr1, rtmr2, composeHash, keyOrigin }
}

/** By the names of the register contract's. */
export function describeMeasurement(measured: Measured) {
  const { mrTd: mrtd, rtmr0, rtmr1, rtmr2, composeHash: compose_hash, keyOrigin } = measured
  const { keyProvider: key_provider, keyProviderId: key_provider_id, appId: app_id } = keyOrigin
  return { mrtd, rtmr0, rtmr1, rtmr2, compose_hash, key_provider, key_provider_id, app_id }
}

/** As a whole: a tuple mixed from two approved releases is a third, which nobody has approved. */
export function meets(measured: Measured, approved: Measurement): boolean {
  const { keyOrigin } = approved
  return (
    measured.mrTd === approved.mrTd &&
    measured.rtmr0 === approved.rtmr0 &&
    measured.rtmr1 === approved.rtmr1 &&
    measured.rtmr2 === approved.rtmr2 &&
    measured.composeHash === approved.composeHash &&
    (keyOrigin === undefined || isSameOrigin(measured.keyOrigin, keyOrigin))
  )
}

function isSameOrigin(measured: KeyOrigin, approved: KeyOrigin): boolean {
  return (
    measured.keyProvider === approved.keyProvider &&
    measured.keyProviderId === approved.keyProviderId &&
    measured.appId === approved.appId
  )
}

/** TDATTRIBUTES (Intel TDX Module Base Specification, TD_PARAMS): byte and mask of what must be off. */
const FORBIDDEN = [
  ["td_debug", 0, 0x01],
  ["td_attributes", 0, 0xfe],
  ["td_migratable", 3, 0x20],
  ["td_key_features", 3, 0xc0],
  ["td_perfmon", 7, 0x80],
] as const

function checkTd(report: TdReport, policy: PlatformPolicy, primitives: Primitives): void {
  const attributes = decode(report.tdAttributes, primitives)
  const allowed = decode(policy.tdAttributes, primitives)
  const isUnderDebug = (attributes[0] ?? 0) !== 0
  if (isUnderDebug || report.tdAttributes !== policy.tdAttributes) {
    for (const [reason, at, mask] of FORBIDDEN) {
      // No policy allows the bits of byte 0: under them the host reads the TD's memory.
      const wanted = at === 0 ? 0 : (allowed[at] ?? 0)
      if (((attributes[at] ?? 0) & mask & ~wanted) !== 0) {
        throw new Refusal(reason, report.tdAttributes)
      }
    }
    const lacksSeptVe = ((attributes[3] ?? 0) & 0x10) === 0 && ((allowed[3] ?? 0) & 0x10) !== 0
    throw new Refusal(lacksSeptVe ? "td_sept_ve" : "td_attributes", report.tdAttributes)
  }
  if (!policy.xfams.includes(report.xfam)) throw new Refusal("td_xfam", report.xfam)
  if (!isZeroHex(report.mrSignerSeam) || !isZeroHex(report.seamAttributes)) {
    throw new Refusal("td_seam", report.mrSignerSeam)
  }
  if (report.mrServiceTd !== null && !isZeroHex(report.mrServiceTd)) {
    throw new Refusal("td_service_td", report.mrServiceTd)
  }
  // Partitions, devices, service TDs that migrated it: a TD of its own has an id and nothing else.
  if (report.ext !== null && !isZeroHex(report.ext.slice(0, 2) + report.ext.slice(66))) {
    throw new Refusal("td_extension", report.ext)
  }
}
