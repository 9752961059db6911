/** What a service must refuse and accept, the chain does too, for the same reasons. */
import { collateralArguments, nodePrimitives } from "@outlayer/attestation"
import { STRICT_PLATFORM } from "@outlayer/attestation/pure"
import { CATALOGUE, type CatalogueCase, verdictOf } from "@outlayer/attestation/simulator"
import { expect, test } from "vitest"
import { create } from "./admin.ts"
import { setMinimumEvaluationNumber, updateCollateral } from "./collateral.ts"
import { FakeChain } from "./fake-chain.ts"
import { FakeHost } from "./fake-host.ts"
import { newKey } from "./fake-register.ts"
import { judge } from "./judge.ts"
import { addMeasurement } from "./measurements.ts"

type Scenario = ReturnType<CatalogueCase["createScenario"]>

const NOW = 1_792_000_000
const KEY = newKey().text
/** What is longer never reaches a contract. */
const TRANSACTION_BYTES = 1_572_864

test("the contract's modules give the verdicts of a service on the whole catalogue", () => {
  const differences = compare((scenario) => judgeOnHost(scenario))

  expect(differences).toEqual([])
  expect(CATALOGUE.length).toBeGreaterThan(150)
})

test("the built contract gives them too, with the chain's cryptography", () => {
  const chain = new FakeChain()
  chain.timeSeconds = NOW

  // Its nonce is not in these quotes: REPORTDATA, which is looked at last, is all that is wrong.
  const differences = compare(
    (scenario) => judgeOnChain(chain, scenario),
    (expected) => (expected === "accept" ? "report_data" : expected),
  )

  expect(differences).toEqual([])
})

/** Under the one policy that the contract has: what the catalogue varies besides is a service's. */
function compare(judgeIt: (scenario: Scenario) => string, map = (verdict: string) => verdict) {
  return CATALOGUE.flatMap(({ group, title, createScenario }) => {
    const scenario = createScenario(NOW)
    if (presentedOf(scenario).event_log.length > TRANSACTION_BYTES) return []
    const { measurements, minimumEvaluationNumber } = scenario.policy
    const policy = {
      ...STRICT_PLATFORM,
      measurements,
      minimumEvaluationNumber,
      keyProviders: ["kms", "local-sgx"],
    }
    const service = map(verdictOf({ ...scenario, policy }, nodePrimitives))
    const verdict = judgeIt(scenario)
    // Collateral of another family is filed under that family, and not found for the quote.
    const isSame =
      verdict === service || (service === "fmspc_mismatch" && verdict === "collateral_missing")
    return isSame ? [] : [`${group}: ${title}: ${verdict}, a service says ${service}`]
  })
}

function judgeOnHost(scenario: Scenario): string {
  const host = new FakeHost()
  host.timeNs = BigInt(scenario.now) * 1_000_000_000n
  const { root, policy, reportData } = scenario
  const test_root_certificate = Buffer.from(root).toString("base64")
  const state = create(host, { test_root_certificate })
  const { minimumEvaluationNumber } = policy
  setMinimumEvaluationNumber(state, { minimum_evaluation_number: minimumEvaluationNumber })
  for (const args of measurementsOf(scenario)) addMeasurement(state, host, args)
  const presented = presentedOf(scenario)
  try {
    updateCollateral(state, host, collateralArguments(scenario.collateral))
    judge(state, host, "worker", presented, reportData)
    return "accept"
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return codeOf(error.message)
  }
}

/** Whatever comes before the quote is the same in most cases, and done once. */
const prepared = new Map<string, FakeChain["storage"] | string>()

function judgeOnChain(chain: FakeChain, scenario: Scenario): string {
  const { root, policy, collateral } = scenario
  const { measurements, minimumEvaluationNumber } = policy
  const name = JSON.stringify([collateral, measurements, minimumEvaluationNumber])
  const before = prepared.get(name) ?? prepareChain(chain, root, scenario)
  prepared.set(name, before)
  if (typeof before === "string") return before
  chain.storage = new Map(before)
  const args = { public_key: KEY, ...presentedOf(scenario) }
  const { error } = chain.call("register_worker_key", args)
  return error === undefined ? "accept" : codeOf(error)
}

/** Leaves a state that waits for a quote, or the code with which the collateral was refused. */
function prepareChain(chain: FakeChain, root: Uint8Array, scenario: Scenario) {
  chain.storage.clear()
  const must = (method: string, args: unknown) => {
    const { error } = chain.call(method, args)
    if (error !== undefined) throw new Error(`${method}: ${error}`)
  }
  must("new", {
    outlayer_contract_id: "outlayer.near",
    test_root_certificate: Buffer.from(root).toString("base64"),
  })
  const minimum_evaluation_number = scenario.policy.minimumEvaluationNumber
  must("set_minimum_evaluation_number", { minimum_evaluation_number })
  for (const args of measurementsOf(scenario)) must("add_approved_measurements", args)
  const { error } = chain.call("update_collateral", collateralArguments(scenario.collateral))
  if (error !== undefined) return codeOf(error)
  must("begin_registration", { public_key: KEY })
  return new Map(chain.storage)
}

/** The log as JSON text, as a guest agent gives it. */
function presentedOf({ quote, eventLog }: Scenario) {
  return {
    tdx_quote_hex: Buffer.from(quote).toString("hex"),
    event_log: JSON.stringify(eventLog),
  }
}

function measurementsOf({ policy }: Scenario) {
  return policy.measurements.map(({ mrTd, composeHash, keyOrigin, ...rtmrs }) => ({
    role: "worker",
    mrtd: mrTd,
    compose_hash: composeHash,
    ...rtmrs,
    key_provider: keyOrigin?.keyProvider,
    key_provider_id: keyOrigin?.keyProviderId,
    app_id: keyOrigin?.appId,
  }))
}

/** What stands before the colon. */
function codeOf(message: string): string {
  return message.slice(0, Math.max(0, message.indexOf(": ")))
}
