/** Quote verifications per second on one core: `npm run -s bench:quotes`. */
import { nodePrimitives } from "@outlayer/attestation"
import { appraise, readCollateral, verifyQuote } from "@outlayer/attestation/pure"
import { CATALOGUE } from "@outlayer/attestation/simulator"

const SECONDS = 3
const now = Math.floor(Date.now() / 1000)
const usual = CATALOGUE.find(({ expected }) => expected === "accept")
if (!usual) throw new Error("the catalogue has nothing to accept")
const { collateral, root, quote, eventLog, reportData, policy } = usual.createScenario(now)

measure("collateral read", () => readCollateral(collateral, root, now, nodePrimitives))
const facts = readCollateral(collateral, root, now, nodePrimitives)
if (!facts.ok) throw new Error(facts.reason)
measure("quotes verified and appraised", () => {
  const verified = verifyQuote(quote, facts.value, now, nodePrimitives)
  if (!verified.ok) return verified
  return appraise(verified.value, { eventLog, reportData }, policy, nodePrimitives)
})

function measure(what: string, work: () => { ok: boolean }): void {
  let count = 0
  const start = process.cpuUsage()
  const end = performance.now() + SECONDS * 1000
  while (performance.now() < end) {
    if (!work().ok) throw new Error(`${what}: refused`)
    count += 1
  }
  // Of processor time, since the machine may have other things to do.
  const { user, system } = process.cpuUsage(start)
  const perSecond = count / ((user + system) / 1e6)
  process.stdout.write(`${what}: ${perSecond.toFixed(0)} a second on one core\n`)
}
