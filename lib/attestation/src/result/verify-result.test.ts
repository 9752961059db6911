import { createHash } from "node:crypto"
import { attestationHash, type ResultAttestation, resultReportData } from "@outlayer/protocol/pure"
import { describe, expect, test } from "vitest"
import { nodePrimitives } from "../primitives.ts"
import { INTEL_ROOT_SHA256, readCollateral, STRICT_PLATFORM } from "../pure/index.ts"
import { createCollateral } from "../simulator/collateral.ts"
import { bootEvents, replay, runtimeEvent } from "../simulator/event-log.ts"
import { createPki } from "../simulator/pki.ts"
import { createQuote, REPORT } from "../simulator/quote.ts"
import { type Known, type ResultClaims, verifyResult } from "./verify-result.ts"

const NOW = 1_792_000_000
const PKI = createPki(Buffer.from("results"))
const COMPOSE_HASH = "ab".repeat(32)
const BOOT = bootEvents({ composeHash: COMPOSE_HASH })
const OUTPUT = Buffer.from("the output")
const POLICY = { ...STRICT_PLATFORM, keyProviders: ["local-sgx"] }
const STATEMENT = {
  network: "localnet",
  contract_id: "outlayer.near",
  request_id: 6,
  request_hash: "11".repeat(32),
  commit: "22".repeat(20),
  wasm_hash: "33".repeat(32),
  output_hash: createHash("sha256").update(OUTPUT).digest("hex"),
  error_code: null,
  instructions: "1000",
  block_height: 7,
  block_hash: "5".repeat(44),
  worker_key: `ed25519:${"6".repeat(44)}`,
  receipt_hash: "77".repeat(32),
}
const ATTESTATION = attest()
const KNOWN = {
  network: "localnet",
  attestationHash: attestationHash(nodePrimitives, ATTESTATION),
  requestHash: STATEMENT.request_hash,
  commit: STATEMENT.commit,
  wasmHash: STATEMENT.wasm_hash,
  output: OUTPUT,
  instructions: STATEMENT.instructions,
  workerKey: STATEMENT.worker_key,
  blockHash: STATEMENT.block_hash,
  receiptHash: STATEMENT.receipt_hash,
  measurements: [measurement()],
  collateral: readFacts(),
} satisfies Known

const PROVEN = Array.from({ length: 6 }, () => "PROVEN")

describe("the claims of an attested result", () => {
  test("are all proven when everything is at hand, and said to be simulated", () => {
    const claims = ask()

    expect(verdicts(claims)).toEqual(PROVEN)
    expect(claims.isSimulated).toBe(true)
    expect(KNOWN.collateral.root).not.toBe(INTEL_ROOT_SHA256)
  })

  test("are all unproven without an attestation", () => {
    const claims = verifyResult(undefined, KNOWN, POLICY, NOW, nodePrimitives)

    expect(new Set(verdicts(claims))).toEqual(new Set(["UNPROVEN"]))
    expect(claims.code).toMatchObject({ reason: "no_attestation" })
  })

  test("are proven of a run that failed, by the code that it failed with", () => {
    const attestation = attest({ output_hash: null, error_code: "trap" })
    const askOf = (output: Known["output"]) =>
      ask({ attestationHash: undefined, output }, attestation)

    expect(verdicts(askOf({ errorCode: "trap" }))).toEqual(PROVEN)
    for (const output of [OUTPUT, { errorCode: "out_of_fuel" }]) {
      expect(askOf(output).output).toMatchObject({ verdict: "FAIL", reason: "output_differs" })
    }
  })

  test.each([
    ["attestationHash", "00".repeat(32), "machine", "attestation_differs"],
    ["network", "mainnet", "machine", "network_differs"],
    ["commit", "00".repeat(20), "code", "commit_differs"],
    ["wasmHash", "00".repeat(32), "code", "wasm_differs"],
    ["requestHash", "00".repeat(32), "input", "request_differs"],
    ["output", Buffer.from("another"), "output", "output_differs"],
    ["output", { errorCode: "trap" }, "output", "output_differs"],
    ["instructions", "1001", "output", "instructions_differ"],
    ["workerKey", `ed25519:${"7".repeat(44)}`, "machine", "worker_differs"],
    ["blockHash", "6".repeat(44), "input", "block_differs"],
    ["receiptHash", "00".repeat(32), "receipt", "receipt_differs"],
    ["measurements", [], "measurement", "measurement"],
    ["measurements", [{ ...measurement(), composeHash: "00" }], "measurement", "measurement"],
  ] as const)("are refuted by another %s (%#)", (field, value, claim, reason) => {
    const claims = ask({ [field]: value })

    expect(claims[claim]).toMatchObject({ verdict: "FAIL", reason })
  })

  test.each([
    ["collateral", "machine", "no_collateral"],
    ["measurements", "measurement", "no_measurements"],
    ["commit", "code", "commit_unknown"],
    ["requestHash", "input", "request_unknown"],
    ["output", "output", "output_unknown"],
    ["receiptHash", "receipt", "receipt_unknown"],
  ] as const)("are unproven without %s", (field, claim, reason) => {
    const claims = ask({ [field]: undefined })

    expect(claims[claim]).toMatchObject({ verdict: "UNPROVEN", reason })
    expect(verdicts(claims)).not.toContain("FAIL")
  })

  test("rest on the machine: without it nothing is proven", () => {
    const claims = ask({ collateral: undefined })

    const { measurement, code, input, output, receipt } = claims
    for (const claim of [measurement, code, input, output, receipt]) {
      expect(claim).toMatchObject({ verdict: "UNPROVEN", reason: "machine_unproven" })
    }
  })

  test("rest on the program: without an approved one nothing that it says is proven", () => {
    const claims = ask({ measurements: [] })

    for (const claim of [claims.code, claims.input, claims.output, claims.receipt]) {
      expect(claim).toMatchObject({ verdict: "UNPROVEN", reason: "measurement_unproven" })
    }
  })

  test("are refuted by their own statement, however little is proven", () => {
    const claims = ask({ collateral: undefined, commit: "00".repeat(20) })

    expect(claims.code).toMatchObject({ verdict: "FAIL", reason: "commit_differs" })
  })

  test.each(Object.keys(STATEMENT).filter((name) => name !== "network"))(
    "fail where the statement's %s was changed after it was attested",
    (field) => {
      const statement = { ...STATEMENT, [field]: /height|_id$/.test(field) ? 8 : "00" }
      const known = { attestationHash: undefined, workerKey: undefined }
      const claims = ask(known, { ...ATTESTATION, statement })

      expect(claims.machine).toMatchObject({ verdict: "FAIL", reason: "report_data" })
      expect(verdicts(claims)).not.toContain("PROVEN")
    },
  )

  test("fail where the machine is not sound", () => {
    const attestation = attest({}, { tdAttributes: "0100001000000000" })

    expect(ask({ attestationHash: undefined }, attestation).machine).toMatchObject({
      verdict: "FAIL",
      reason: "td_debug",
    })
  })

  test("fail with the quote of another run of the same machine, or of another worker", () => {
    const others = [
      attest({ request_id: 7 }),
      attest({ worker_key: `ed25519:${"7".repeat(44)}` }),
      attest({}, { reportData: "00".repeat(64) }),
    ]

    for (const { quote } of others) {
      const claims = ask({ attestationHash: undefined }, { ...ATTESTATION, quote })
      expect(claims.machine).toMatchObject({ verdict: "FAIL", reason: "report_data" })
    }
  })

  test("fail with the quote of a machine under a root of its own", () => {
    const pki = createPki(Buffer.from("somebody else"))
    const { quote } = attest({}, {}, pki)
    const claims = ask({ attestationHash: undefined }, { ...ATTESTATION, quote })

    expect(claims.machine).toMatchObject({ verdict: "FAIL", reason: "untrusted_root" })
  })

  test("fail where the chain names no attestation of the run", () => {
    expect(ask({ attestationHash: null }).machine).toMatchObject({
      verdict: "FAIL",
      reason: "attestation_differs",
    })
  })

  test.each(["mainnet", "testnet"])("fail of a simulated machine on %s", (network) => {
    const known = { attestationHash: undefined, network }

    expect(ask(known, attest({ network })).machine).toMatchObject({
      verdict: "FAIL",
      reason: "untrusted_root",
    })
  })

  test("fail with what is no quote, without any collateral", () => {
    const known = { attestationHash: undefined, collateral: undefined }
    const claims = ask(known, { ...ATTESTATION, quote: new Uint8Array(2_000) })

    expect(claims.machine).toMatchObject({ verdict: "FAIL", reason: "wrong_tee" })
  })

  test("are unproven, not refuted, with collateral of another time", () => {
    const late = KNOWN.collateral.validUntil + 1
    const claims = verifyResult(ATTESTATION, KNOWN, POLICY, late, nodePrimitives)

    expect(claims.machine).toMatchObject({ verdict: "UNPROVEN", reason: "collateral_expired" })
  })

  test.each([
    ["no JSON", "[", "log_malformed"],
    ["the log of another boot", JSON.stringify([...BOOT, runtimeEvent("a", "00")]), "log_replay"],
  ])("fail of a program with %s", (_, event_log, reason) => {
    const claims = ask({ attestationHash: undefined }, { ...ATTESTATION, event_log })

    expect(claims.measurement).toMatchObject({ verdict: "FAIL", reason })
  })

  test("fail of a program whose keys come from nowhere", () => {
    const policy = { ...POLICY, keyProviders: ["kms"] }
    const claims = verifyResult(ATTESTATION, KNOWN, policy, NOW, nodePrimitives)

    expect(claims.measurement).toMatchObject({ verdict: "FAIL", reason: "key_provider" })
  })
})

function ask(changes: Partial<Known> = {}, attestation = ATTESTATION): ResultClaims {
  return verifyResult(attestation, { ...KNOWN, ...changes }, POLICY, NOW, nodePrimitives)
}

function verdicts({ machine, measurement, code, input, output, receipt }: ResultClaims): string[] {
  return [machine, measurement, code, input, output, receipt].map(({ verdict }) => verdict)
}

function attest(
  changes: Partial<ResultAttestation["statement"]> = {},
  report: Partial<typeof REPORT> = {},
  pki = PKI,
): ResultAttestation {
  const statement = { ...STATEMENT, ...changes }
  const reportData = Buffer.from(resultReportData(nodePrimitives, statement)).toString("hex")
  const quote = createQuote(pki, { report: { rtmr3: replay(BOOT), reportData, ...report } })
  return { statement, quote, event_log: JSON.stringify(BOOT) }
}

function measurement() {
  const { mrTd, rtmr0, rtmr1, rtmr2 } = REPORT
  return { mrTd, rtmr0, rtmr1, rtmr2, composeHash: COMPOSE_HASH }
}

function readFacts() {
  const collateral = createCollateral(PKI, NOW - 3600)
  const facts = readCollateral(collateral, PKI.root.certificate, NOW, nodePrimitives)
  if (!facts.ok) throw new Error(facts.reason)
  return facts.value
}
