import {
  appraise,
  parseQuote,
  type Primitives,
  readCollateral,
  type RefusalData,
  verifyQuote,
} from "../../pure/index.ts"
import type { Verdict } from "./case.ts"
import type { Scenario } from "./scenario.ts"

/** All steps in their order, as a service takes them. */
export function judge(scenario: Scenario, primitives: Primitives): RefusalData | { ok: true } {
  const { quote, collateral, root, now, policy } = scenario
  const parsed = parseQuote(quote, primitives)
  if (!parsed.ok) return parsed
  const facts = readCollateral(collateral, root, now, primitives)
  if (!facts.ok) return facts
  const verified = verifyQuote(quote, facts.value, now, primitives)
  return verified.ok ? appraise(verified.value, scenario, policy, primitives) : verified
}

export function verdictOf(scenario: Scenario, primitives: Primitives): Verdict {
  const judged = judge(scenario, primitives)
  return judged.ok ? "accept" : judged.reason
}
