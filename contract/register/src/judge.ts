/** Whether a quote is genuine, fresh, and of something approved: the one place that says yes. */
import {
  appraiseClaims,
  checkPlatform,
  describeMeasurement,
  measurementOf,
  openQuote,
  readEventLog,
  STRICT_KEY_PROVIDERS,
  STRICT_PLATFORM,
  verifyOpenedQuote,
} from "@outlayer/attestation/pure"
import { measurementIds, type RegisteredRole } from "@outlayer/protocol/pure"
import { findFacts, now, trustedRoot } from "./collateral.ts"
import type { Host } from "./host.ts"
import { findMeasurement, isApproved } from "./measurements.ts"
import { refuse } from "./refusal.ts"
import type { State } from "./state.ts"

export interface Judged {
  /** Its id. */
  measurement: string
  fmspc: string
  /** Nanoseconds: a day, or less where collateral or certificates end before. */
  expiresAt: bigint
}

export interface Presented {
  tdx_quote_hex: unknown
  /** dstack's: JSON text, or the list in it. */
  event_log: unknown
}

/** A quote has at most 16 KiB; an event log of a real boot is about 7. */
const MAX_QUOTE_HEX = 32_768
const MAX_LOG = 131_072
const LIFE_NS = 86_400_000_000_000n

export function judge(
  state: State,
  host: Host,
  role: RegisteredRole,
  presented: Presented,
  reportData: Uint8Array,
): Judged {
  const quote = readQuote(host, presented.tdx_quote_hex)
  const eventLog = readLog(presented.event_log)

  const opened = openQuote(quote, host)
  if (!opened.ok) refuse(opened)
  const { fmspc } = opened.value
  const collateral = findFacts(host, fmspc)
  const root = host.encodeHex(host.sha256(trustedRoot(state, host).der))
  if (!collateral || collateral.root !== root) {
    throw new Error(`collateral_missing: of ${fmspc}, update_collateral`)
  }
  const verified = verifyOpenedQuote(opened.value, collateral, now(host), host)
  if (!verified.ok) refuse(verified)
  const facts = verified.value

  const { minimumEvaluationNumber } = state
  const platform = checkPlatform(facts, { ...STRICT_PLATFORM, minimumEvaluationNumber }, host)
  if (!platform.ok) refuse(platform)
  // Only what is approved as a whole has a record under this name.
  const log = readEventLog(facts.report, eventLog, host)
  if (!log.ok) refuse(log)
  const measured = measurementOf(facts.report, log.value)
  const measurement = measurementIds(host, role, describeMeasurement(measured)).find((id) =>
    isApproved(findMeasurement(host, id)),
  )
  const policy = {
    keyProviders: STRICT_KEY_PROVIDERS,
    measurements: measurement === undefined ? [] : [measured],
  }
  const appraised = appraiseClaims(facts.report, log.value, { reportData }, policy, host)
  if (!appraised.ok) refuse(appraised)
  if (measurement === undefined) throw new Error("measurement: not approved")

  const day = host.blockTimestamp() + LIFE_NS
  const end = BigInt(facts.validUntil) * 1_000_000_000n
  return { measurement, fmspc, expiresAt: end < day ? end : day }
}

function readQuote(host: Host, value: unknown): Uint8Array {
  if (typeof value !== "string") throw new Error("tdx_quote_hex must be a string")
  if (value.length > MAX_QUOTE_HEX) throw new Error("quote_size: tdx_quote_hex is too long")
  const quote = host.decodeHex(value)
  if (!quote) throw new Error("quote_size: tdx_quote_hex is not hex")
  return quote
}

/** What it holds, and that it is a list, is looked at with the quote. */
function readLog(value: unknown): unknown {
  if (typeof value !== "string") return value
  if (value.length > MAX_LOG) throw new Error("log_too_large: event_log")
  try {
    return JSON.parse(value)
  } catch {
    throw new Error("log_malformed: event_log is not JSON")
  }
}
