/** Compares what the verifier says of a vector set with what the set expects. */
import { nodePrimitives } from "../primitives.ts"
import {
  checkPlatform,
  parseQuote,
  type QuoteFacts,
  readCollateral,
  readEventLog,
  type RefusalData,
  STRICT_PLATFORM,
  verifyQuote,
} from "../pure/index.ts"
import {
  type Case,
  type ExpectedTcb,
  type QuoteVector,
  readCollateralOf,
  readEventLogOf,
  readQuoteOf,
  type VectorSet,
} from "./vector-set.ts"

export interface Judgement {
  readonly id: string
  /** `accept`, or the reason of the refusal. */
  readonly verdict: string
  /** Empty when all is as expected. */
  readonly differences: readonly string[]
}

/** The verdict of the strict policy: TCB up to date, nothing in the TD that weakens it. */
export async function judgeCase(set: VectorSet, vector: Case): Promise<Judgement> {
  const { id, expect } = vector
  const { refusal, facts } = await verify(set, vector)
  const verdict = refusal ? refusal.reason : "accept"
  const differences: string[] = []
  const isRight =
    expect.accept === null ||
    (refusal ? !expect.accept && expect.reasons.includes(refusal.reason) : expect.accept)
  if (!isRight) {
    const expected = expect.accept ? "accept" : `one of ${expect.reasons.join(", ")}`
    differences.push(`expected ${expected}, found ${verdict}: ${refusal?.detail ?? ""}`)
  }
  if (facts && expect.tcb) differences.push(...differencesOfTcb(facts.tcb, expect.tcb))
  return { id, verdict, differences }
}

/** Every field of the TD report, and the claims of the event log. */
export async function judgeQuote(set: VectorSet, vector: QuoteVector): Promise<Judgement> {
  const { id, report, eventLog, tee } = vector
  const parsed = parseQuote(await readQuoteOf(set, id), nodePrimitives)
  if (!parsed.ok) {
    return { id, verdict: parsed.reason, differences: tee === "TDX" ? isKnownBroken(set, id) : [] }
  }
  const found = parsed.value.report as unknown as Readonly<Record<string, string | null>>
  const differences = Object.entries(report ?? {})
    .filter(([name, value]) => found[name] !== value)
    .map(([name]) => `${name} differs`)
  if (eventLog) {
    const events = await readEventLogOf(set, eventLog.file)
    const log = readEventLog(parsed.value.report, events, nodePrimitives)
    if (!log.ok) differences.push(`event log: ${log.reason}: ${log.detail}`)
    else if (log.value.composeHash !== eventLog.claims["compose-hash"]) {
      differences.push("compose hash differs")
    }
  }
  return { id, verdict: "parsed", differences }
}

async function verify(
  set: VectorSet,
  { quote, collateral, now }: Case,
): Promise<{ refusal?: RefusalData; facts?: QuoteFacts }> {
  const bytes = await readQuoteOf(set, quote)
  const parsed = parseQuote(bytes, nodePrimitives)
  if (!parsed.ok) return { refusal: parsed }
  if (collateral === null || now === null) return {}
  const given = await readCollateralOf(set, collateral)
  const facts = readCollateral(given, set.root, now, nodePrimitives)
  if (!facts.ok) return { refusal: facts }
  const verified = verifyQuote(bytes, facts.value, now, nodePrimitives)
  if (!verified.ok) return { refusal: verified }
  const platform = checkPlatform(verified.value, STRICT_PLATFORM, nodePrimitives)
  return platform.ok ? { facts: verified.value } : { facts: verified.value, refusal: platform }
}

function differencesOfTcb(found: QuoteFacts["tcb"], expected: ExpectedTcb): string[] {
  const sorted = (ids: readonly string[]) => ids.toSorted().join(" ")
  const pairs: [string, string | null, string | null][] = [
    ["status", found.status, expected.status],
    ["platform", found.platform, expected.platform],
    ["module", found.module, expected.module],
    ["qe", found.qe, expected.qe],
    ["current", found.current, expected.current ?? null],
    ["advisories", sorted(found.advisoryIds), sorted(expected.advisoryIds)],
  ]
  return pairs
    .filter(([, actual, wanted]) => actual !== wanted)
    .map(([name, actual, wanted]) => `${name} is ${actual}, expected ${wanted}`)
}

/** A TDX quote that does not parse must be one that a case without collateral expects to be refused. */
function isKnownBroken({ cases }: VectorSet, quote: string): string[] {
  const refused = cases.some((one) => one.quote === quote && one.expect.accept === false)
  return refused ? [] : ["does not parse"]
}
