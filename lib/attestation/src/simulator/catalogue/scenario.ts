/** Everything that a verdict depends on, as it should be, but for what a case changes. */
import type { Collateral, LogEvent, Policy } from "../../pure/index.ts"
import { STRICT_PLATFORM } from "../../pure/index.ts"
import { type CollateralChanges, createCollateral } from "../collateral.ts"
import { bootEvents, replay } from "../event-log.ts"
import { createPki, type Pki, type PkiChanges } from "../pki.ts"
import { createQuote, type QuoteChanges, REPORT } from "../quote.ts"

export interface Scenario {
  /** DER of the root that the verifier trusts. */
  readonly root: Uint8Array
  readonly collateral: Collateral
  readonly quote: Uint8Array
  /** Unix seconds. */
  readonly now: number
  readonly eventLog: unknown
  readonly reportData: Uint8Array
  readonly policy: Policy
}

export interface ScenarioChanges {
  readonly pki?: PkiChanges
  readonly collateral?: CollateralChanges
  /** Seconds before now at which the collateral was issued. */
  readonly age?: number
  readonly quote?: QuoteChanges
  /** What RTMR3 was extended by. */
  readonly measured?: readonly LogEvent[]
  /** What is shown in place of it. */
  readonly shown?: unknown
  readonly reportData?: Uint8Array
  readonly policy?: Partial<Policy>
  /** The quote of a machine of this hierarchy in place of the one that collateral speaks of. */
  readonly machine?: Pki
  readonly patchQuote?: (quote: Buffer) => Uint8Array
  readonly patchCollateral?: (collateral: Collateral) => Collateral
}

export const SEED = Buffer.from("the catalogue of what a verifier refuses")
export const COMPOSE_HASH = "c0".repeat(32)
export const REPORT_DATA = Uint8Array.from({ length: 64 }, (_, at) => at + 1)
const REPORT_DATA_HEX = Buffer.from(REPORT_DATA).toString("hex")

let usual: Pki | undefined

/** The hierarchy without changes; making one takes some milliseconds. */
export function usualPki(): Pki {
  usual ??= createPki(SEED)
  return usual
}

export function createScenario(now: number, changes: ScenarioChanges = {}): Scenario {
  const pki = changes.pki ? createPki(SEED, changes.pki) : usualPki()
  const collateral = createCollateral(pki, now - (changes.age ?? 3600), changes.collateral)
  const measured = changes.measured ?? bootEvents({ composeHash: COMPOSE_HASH })
  const { report } = changes.quote ?? {}
  const quote = createQuote(changes.machine ?? pki, {
    ...changes.quote,
    report: { rtmr3: replay(measured), reportData: REPORT_DATA_HEX, ...report },
  })
  const { mrTd, rtmr0, rtmr1, rtmr2 } = REPORT
  return {
    root: usualPki().root.certificate,
    collateral: changes.patchCollateral?.(collateral) ?? collateral,
    quote: changes.patchQuote?.(Buffer.from(quote)) ?? quote,
    now,
    eventLog: changes.shown ?? measured,
    reportData: changes.reportData ?? REPORT_DATA,
    policy: {
      ...STRICT_PLATFORM,
      measurements: [{ mrTd, rtmr0, rtmr1, rtmr2, composeHash: COMPOSE_HASH }],
      keyProviders: ["local-sgx", "kms"],
      ...changes.policy,
    },
  }
}
