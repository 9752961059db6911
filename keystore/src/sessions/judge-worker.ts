/** Whether a quote comes, now, from a machine that the chain approves of. */
import { nodePrimitives } from "@outlayer/attestation"
import {
  appraise,
  describeMeasurement,
  type CollateralFacts,
  type Measurement,
  openQuote,
  type QuoteFacts,
  STRICT_KEY_PROVIDERS,
  STRICT_PLATFORM,
  verifyOpenedQuote,
} from "@outlayer/attestation/pure"
import { OutlayerError } from "@outlayer/protocol"
import { measurementIds } from "@outlayer/protocol/pure"

export interface Evidence {
  quote: Uint8Array
  /** dstack's JSON. */
  eventLog: string
  /** The 64 bytes that REPORTDATA must be. */
  reportData: Uint8Array
}

/** What the chain has, read at one block: never anything that a worker brought. */
export interface Rules {
  collateralOf: (fmspc: string) => Promise<CollateralFacts | undefined>
  measurements: readonly Measurement[]
  minimumEvaluationNumber: number
  /** SHA-256 of the root certificate, hex: Intel's, but for simulated machines. */
  root: string
  /** Block time, Unix seconds. */
  now: number
}

export interface Judged {
  /** The names under which its measurement may be approved. */
  measurementIds: readonly string[]
  /** Unix seconds: the end of collateral and certificates. */
  validUntil: number
}

/** Throws `attestation_refused`; its message begins with the verifier's reason. */
export async function judgeWorker(evidence: Evidence, rules: Rules): Promise<Judged> {
  const facts = await verify(evidence.quote, rules)
  const policy = {
    ...STRICT_PLATFORM,
    minimumEvaluationNumber: rules.minimumEvaluationNumber,
    keyProviders: STRICT_KEY_PROVIDERS,
    measurements: rules.measurements,
  }
  const { reportData } = evidence
  const shown = { eventLog: parseLog(evidence.eventLog), reportData }
  const appraised = appraise(facts, shown, policy, nodePrimitives)
  if (!appraised.ok) return refuse(appraised.reason, appraised.detail)
  const measured = describeMeasurement(appraised.value.measurement)
  const ids = measurementIds(nodePrimitives, "worker", measured)
  return { measurementIds: ids, validUntil: facts.validUntil }
}

async function verify(quote: Uint8Array, rules: Rules): Promise<QuoteFacts> {
  const opened = openQuote(quote, nodePrimitives)
  if (!opened.ok) return refuse(opened.reason, opened.detail)
  const { fmspc } = opened.value
  const collateral = await rules.collateralOf(fmspc)
  if (collateral?.root !== rules.root) return refuse("collateral_missing", `of ${fmspc}`)
  const verified = verifyOpenedQuote(opened.value, collateral, rules.now, nodePrimitives)
  return verified.ok ? verified.value : refuse(verified.reason, verified.detail)
}

function parseLog(eventLog: string): unknown {
  try {
    return JSON.parse(eventLog)
  } catch {
    return refuse("log_malformed", "not JSON")
  }
}

function refuse(reason: string, detail: string): never {
  throw new OutlayerError("attestation_refused", `${reason}: ${detail.slice(0, 200)}`)
}
