/**
 * What a run's attestation proves. Runs where the asker is, in a browser too, and believes neither
 * the coordinator nor the worker: what it compares with, the asker has from the chain or from himself.
 */
import {
  attestationHash,
  isRealNetwork,
  type ResultAttestation,
  resultReportData,
} from "@outlayer/protocol/pure"
import {
  checkPlatform,
  type CollateralFacts,
  INTEL_ROOT_SHA256,
  type Measurement,
  measurementOf,
  meets,
  type Policy,
  type Primitives,
  type QuoteFacts,
  openQuote,
  readEventLog,
  type Reason,
  type RefusalData,
  verifyOpenedQuote,
} from "../pure/index.ts"

/** Why a claim is not proven, besides the reasons of a refused quote or log. */
export const CLAIM_REASONS = {
  worker_differs: "the statement is of another worker than the one that settled",
  attestation_differs: "it is not the attestation that the chain names",
  no_attestation: "there is none",
  no_collateral: "there is no collateral for the time in question",
  no_measurements: "it is not known which measurements are approved",
  machine_unproven: "it rests on a machine that is not proven",
  measurement_unproven: "it rests on a program whose measurement is not proven",
  commit_differs: "the statement names another commit than the chain",
  commit_unknown: "it is not known which commit was asked for",
  wasm_differs: "the statement names another wasm than the one at hand",
  block_differs: "the statement names a block that the chain does not have",
  request_differs: "the statement is of another request",
  request_unknown: "the request is not known",
  network_differs: "the statement is of another chain",
  output_differs: "the statement names another output",
  output_unknown: "the output is not known",
  instructions_differ: "the statement names other instructions than were charged for",
  receipt_differs: "the statement is of another receipt",
  receipt_unknown: "the receipt is not at hand",
} as const

export type ClaimReason = Reason | keyof typeof CLAIM_REASONS

/** FAIL: it is refuted. UNPROVEN: something that would tell is missing. */
export type Claim =
  | { readonly verdict: "PROVEN" }
  | { readonly verdict: "FAIL" | "UNPROVEN"; readonly reason: ClaimReason; readonly detail: string }

export interface ResultClaims {
  /** A genuine, sound machine made exactly this statement. */
  readonly machine: Claim
  /** It runs an approved program. */
  readonly measurement: Claim
  /** What ran is what was asked for. */
  readonly code: Claim
  /** It ran on what was asked for: input, limits, sender. */
  readonly input: Claim
  /** What came out is the output at hand, and what was charged for is what it took. */
  readonly output: Claim
  /** The receipt at hand is that of this run: it can be replayed. */
  readonly receipt: Claim
  /** The collateral's root is not Intel's: whatever is proven, no hardware stands behind it. */
  readonly isSimulated: boolean
}

/** What the asker knows by himself. What is left out proves nothing and refutes nothing. */
export interface Known {
  readonly network: string
  /** As `execution_completed` names it; null where that names none. */
  readonly attestationHash?: string | null | undefined
  /** Computed from the request as the chain has it. */
  readonly requestHash?: string | undefined
  /** `resolved_commit` of the chain, or a full commit that was asked for. */
  readonly commit?: string | undefined
  /** SHA-256 of a wasm at hand, hex. */
  readonly wasmHash?: string | undefined
  /** As the chain was given it, or the code that the run failed with. */
  readonly output?: Uint8Array | { readonly errorCode: string } | undefined
  /** Fuel, decimal: what `execution_completed` says was charged for. */
  readonly instructions?: string | undefined
  /** The key whose transaction settled the request. */
  readonly workerKey?: string | undefined
  /** The chain's, at the height that the statement names. */
  readonly blockHash?: string | undefined
  /** Computed from the receipt at hand. */
  readonly receiptHash?: string | undefined
  /** Approved for workers, as the register contract says. */
  readonly measurements?: readonly Measurement[] | undefined
  /** Verified: by `readCollateral`, or by the register contract, which keeps what that says. */
  readonly collateral?: CollateralFacts | undefined
}

/**
 * `now`: Unix seconds, the time of the block that collateral and measurements were read at. At an
 * old one the result is judged as it was then, at the last as one would judge it today.
 */
export function verifyResult(
  attestation: ResultAttestation | undefined,
  known: Known,
  policy: Omit<Policy, "measurements">,
  now: number,
  primitives: Primitives,
): ResultClaims {
  if (!attestation) return withoutAttestation()
  const machine = judgeMachine(attestation, known, policy, now, primitives)
  const measurement = judgeMeasurement(attestation, machine.facts, known, policy, primitives)
  /** Refuted by what the statement says, or else only as good as what it rests on. */
  const resting = (own: Claim): Claim => {
    if (own.verdict === "FAIL") return own
    if (machine.claim.verdict !== "PROVEN") return unproven("machine_unproven")
    return measurement.verdict === "PROVEN" ? own : unproven("measurement_unproven")
  }
  return {
    machine: machine.claim,
    measurement,
    code: resting(judgeCode(attestation, known)),
    input: resting(judgeInput(attestation, known)),
    output: resting(judgeOutput(attestation, known, primitives)),
    receipt: resting(judgeReceipt(attestation, known)),
    isSimulated: known.collateral !== undefined && known.collateral.root !== INTEL_ROOT_SHA256,
  }
}

interface JudgedMachine {
  readonly claim: Claim
  /** Of a machine that is proven. */
  readonly facts?: QuoteFacts
}

/** These are of the asker's collateral, which is of another time or platform: nothing is refuted. */
const MISSING_COLLATERAL: readonly Reason[] = [
  "collateral_expired",
  "collateral_not_yet_valid",
  "fmspc_mismatch",
  "pce_id_mismatch",
  "crl_wrong_issuer",
]

function judgeMachine(
  attestation: ResultAttestation,
  { attestationHash: named, collateral, network, workerKey }: Known,
  policy: Omit<Policy, "measurements">,
  now: number,
  primitives: Primitives,
): JudgedMachine {
  const { statement, quote } = attestation
  if (named !== undefined && attestationHash(primitives, attestation) !== named) {
    return { claim: failed("attestation_differs", String(named)) }
  }
  if (statement.network !== network) {
    return { claim: failed("network_differs", statement.network) }
  }
  if (workerKey !== undefined && statement.worker_key !== workerKey) {
    return { claim: failed("worker_differs", statement.worker_key) }
  }
  const opened = openQuote(quote, primitives)
  if (!opened.ok) return { claim: refused(opened) }
  if (!collateral) return { claim: unproven("no_collateral", opened.value.fmspc) }
  // Whoever says so.
  if (collateral.root !== INTEL_ROOT_SHA256 && isRealNetwork(network)) {
    return { claim: failed("untrusted_root", collateral.root) }
  }
  const verified = verifyOpenedQuote(opened.value, collateral, now, primitives)
  if (!verified.ok) {
    const isMissing = MISSING_COLLATERAL.includes(verified.reason)
    return { claim: isMissing ? unproven(verified.reason, verified.detail) : refused(verified) }
  }
  const platform = checkPlatform(verified.value, policy, primitives)
  if (!platform.ok) return { claim: refused(platform) }
  const bound = primitives.encodeHex(resultReportData(primitives, statement))
  const { reportData } = verified.value.report
  if (reportData !== bound) return { claim: failed("report_data", reportData) }
  return { claim: { verdict: "PROVEN" }, facts: verified.value }
}

function judgeMeasurement(
  { event_log }: ResultAttestation,
  facts: QuoteFacts | undefined,
  { measurements }: Known,
  policy: Omit<Policy, "measurements">,
  primitives: Primitives,
): Claim {
  if (!facts) return unproven("machine_unproven")
  const log = readEventLog(facts.report, parseJson(event_log), primitives)
  if (!log.ok) return refused(log)
  const { composeHash, keyProvider } = log.value
  if (keyProvider === "none" || !policy.keyProviders.includes(keyProvider)) {
    return failed("key_provider", keyProvider)
  }
  if (!measurements) return unproven("no_measurements")
  const measured = measurementOf(facts.report, log.value)
  const isApproved = measurements.some((one) => meets(measured, one))
  return isApproved ? { verdict: "PROVEN" } : failed("measurement", composeHash)
}

function judgeCode({ statement }: ResultAttestation, { commit, wasmHash }: Known): Claim {
  if (commit !== undefined && statement.commit !== commit) {
    return failed("commit_differs", statement.commit)
  }
  if (wasmHash !== undefined && statement.wasm_hash !== wasmHash) {
    return failed("wasm_differs", statement.wasm_hash)
  }
  // An approved worker builds from the commit itself or takes a registered builder's word.
  return commit === undefined ? unproven("commit_unknown") : { verdict: "PROVEN" }
}

function judgeInput({ statement }: ResultAttestation, { requestHash, blockHash }: Known): Claim {
  if (blockHash !== undefined && statement.block_hash !== blockHash) {
    return failed("block_differs", statement.block_hash)
  }
  if (requestHash === undefined) return unproven("request_unknown")
  return statement.request_hash === requestHash
    ? { verdict: "PROVEN" }
    : failed("request_differs", statement.request_hash)
}

function judgeOutput(
  { statement }: ResultAttestation,
  { output, instructions }: Known,
  { sha256, encodeHex }: Primitives,
): Claim {
  const { output_hash, error_code } = statement
  if (instructions !== undefined && statement.instructions !== instructions) {
    return failed("instructions_differ", statement.instructions)
  }
  if (output === undefined) return unproven("output_unknown")
  const isSame =
    output instanceof Uint8Array
      ? error_code === null && output_hash === encodeHex(sha256(output))
      : output_hash === null && error_code === output.errorCode
  return isSame
    ? { verdict: "PROVEN" }
    : failed("output_differs", error_code ?? String(output_hash))
}

function judgeReceipt({ statement }: ResultAttestation, { receiptHash }: Known): Claim {
  if (receiptHash === undefined) return unproven("receipt_unknown")
  return statement.receipt_hash === receiptHash
    ? { verdict: "PROVEN" }
    : failed("receipt_differs", statement.receipt_hash)
}

function withoutAttestation(): ResultClaims {
  const claim = unproven("no_attestation")
  return {
    machine: claim,
    measurement: claim,
    code: claim,
    input: claim,
    output: claim,
    receipt: claim,
    isSimulated: false,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Which no log is.
    return undefined
  }
}

function refused({ reason, detail }: RefusalData): Claim {
  return failed(reason, detail)
}

function failed(reason: ClaimReason, detail: string): Claim {
  return { verdict: "FAIL", reason, detail }
}

function unproven(reason: ClaimReason, detail = ""): Claim {
  return { verdict: "UNPROVEN", reason, detail }
}
