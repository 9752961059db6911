/**
 * What a verifier must refuse, and why, group by group, with what it must accept beside. For every
 * verifier of ours: service and chain give the same verdicts.
 */
import type { Group, Verdict } from "./case.ts"
import { collateral } from "./collateral.ts"
import { crypto } from "./crypto.ts"
import { eventLog } from "./event-log.ts"
import { framing } from "./framing.ts"
import { pki } from "./pki.ts"
import { createScenario, type Scenario } from "./scenario.ts"
import { tcbStatus } from "./tcb.ts"
import { td } from "./td.ts"

export interface CatalogueCase {
  readonly group: string
  readonly title: string
  readonly expected: Verdict
  /** `now`: Unix seconds, of 2026 to 2031. */
  readonly createScenario: (now: number) => Scenario
}

const GROUPS: Readonly<Record<string, Group>> = {
  framing,
  crypto,
  pki,
  collateral,
  tcb: tcbStatus,
  td,
  "event log": eventLog,
}

export const CATALOGUE: readonly CatalogueCase[] = Object.entries(GROUPS).flatMap(
  ([group, cases]) =>
    Object.entries(cases).map(([title, [expected, change]]) => ({
      group,
      title,
      expected,
      createScenario: (now: number) =>
        createScenario(now, typeof change === "function" ? change(now) : change),
    })),
)
