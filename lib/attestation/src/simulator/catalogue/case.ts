import type { Reason } from "../../pure/index.ts"
import type { ScenarioChanges } from "./scenario.ts"

/** `accept`: a positive control, so that a verifier that refuses everything does not pass. */
export type Verdict = "accept" | Reason

/** `now` is Unix seconds, for what depends on dates. */
export type Change = ScenarioChanges | ((now: number) => ScenarioChanges)

export type Group = Readonly<Record<string, readonly [expected: Verdict, change: Change]>>
