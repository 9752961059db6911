/**
 * Intel's collateral: read and verified once, when somebody brings it; what quotes are judged by is
 * kept, one record per platform family (FMSPC). It only moves forward.
 */
import {
  type Collateral,
  type CollateralFacts,
  INTEL_ROOT_BASE64,
  isNews,
  readCollateral,
  supersedes,
} from "@outlayer/attestation/pure"
import { isRealNetwork } from "@outlayer/protocol/pure"
import { type Fields, readArguments, readHex, readWhole } from "./arguments.ts"
import { logEvent } from "./events.ts"
import type { Host } from "./host.ts"
import { refuse } from "./refusal.ts"
import type { State } from "./state.ts"
import { payForStorage } from "./storage.ts"

/** Intel has named some hundred families, of which a few dozen know TDX. */
const MAX_FAMILIES = 256

const FIELDS = [
  "tcb_info",
  "tcb_info_signature",
  "tcb_info_issuer_chain",
  "qe_identity",
  "qe_identity_signature",
  "qe_identity_issuer_chain",
  "pck_crl",
  "pck_crl_issuer_chain",
  "root_ca_crl",
]

const factsKey = (fmspc: string) => `c${fmspc}`

export function updateCollateral(state: State, host: Host, args: unknown) {
  const fields = readArguments(args, FIELDS)
  const root = trustedRoot(state, host)
  const read = readCollateral(readCollateralFields(fields), root.der, now(host), host)
  if (!read.ok) refuse(read)
  const facts = read.value
  const least = Math.min(facts.evaluationNumber.tcbInfo, facts.evaluationNumber.qeIdentity)
  if (least < state.minimumEvaluationNumber) {
    throw new Error(
      `tcb_evaluation_number: ${least} is below the floor of ${state.minimumEvaluationNumber}`,
    )
  }

  const { fmspc } = facts
  const current = findFacts(host, fmspc)
  // Of another root is what a chain for tests had before it was given its own.
  if (current && current.root === facts.root) {
    if (!supersedes(facts, current)) {
      throw new Error(`collateral_older: what is known of ${fmspc} is newer`)
    }
    if (!isNews(facts, current)) throw new Error(`collateral_known: ${fmspc} is up to date`)
  }
  payForStorage(state, host, () => {
    if (!state.fmspcs.includes(fmspc)) {
      if (state.fmspcs.length >= MAX_FAMILIES) throw new Error("There are too many families")
      state.fmspcs.push(fmspc)
    }
    host.write(factsKey(fmspc), JSON.stringify(facts))
  })
  const status = statusOf(facts)
  logEvent(host, "collateral_updated", status)
  return status
}

export function findFacts(host: Host, fmspc: string): CollateralFacts | undefined {
  const text = host.read(factsKey(fmspc))
  // Written by `updateCollateral`.
  return text === undefined ? undefined : (JSON.parse(text) as CollateralFacts)
}

/** What quotes of a platform family are judged by: others may judge by the same. */
export function getCollateral(host: Host, args: unknown): CollateralFacts | null {
  const fmspc = readHex(readArguments(args, ["fmspc"])["fmspc"], "fmspc", 6)
  return findFacts(host, fmspc) ?? null
}

/** The root that all chains must end at, byte for byte. */
export function trustedRoot(state: State, host: Host): { kind: "intel" | "test"; der: Uint8Array } {
  if (state.testRoot === null) return { kind: "intel", der: decodeRoot(host, INTEL_ROOT_BASE64) }
  requireTestChain(host)
  return { kind: "test", der: decodeRoot(host, state.testRoot) }
}

/** Whoever asks for it. */
export function requireTestChain(host: Host): void {
  const chain = host.chainId()
  if (isRealNetwork(chain)) throw new Error(`test_root_refused: ${chain} trusts Intel's root alone`)
}

export function getCollateralStatus(state: State, host: Host): unknown {
  const root = trustedRoot(state, host)
  return {
    root: root.kind,
    root_sha256: host.encodeHex(host.sha256(root.der)),
    network: host.chainId(),
    minimum_evaluation_number: state.minimumEvaluationNumber,
    families: state.fmspcs.map((fmspc) => {
      const facts = findFacts(host, fmspc)
      if (!facts) throw new Error(`${fmspc} is listed and not there`)
      const at = now(host)
      const is_current = at >= facts.validFrom && at <= facts.validUntil
      return { ...statusOf(facts), is_current }
    }),
  }
}

/** Sets of a lower number are refused from now on; it never goes back. */
export function setMinimumEvaluationNumber(state: State, args: unknown): void {
  const name = "minimum_evaluation_number"
  const number = readWhole(readArguments(args, [name])[name], name)
  if (number < state.minimumEvaluationNumber) {
    throw new Error(`${name} is ${state.minimumEvaluationNumber}, and only ever raised`)
  }
  state.minimumEvaluationNumber = number
}

/** Unix seconds, of the block. */
export function now(host: Host): number {
  return Number(host.blockTimestamp() / 1_000_000_000n)
}

function statusOf(facts: CollateralFacts) {
  return {
    fmspc: facts.fmspc,
    root_sha256: facts.root,
    valid_from: facts.validFrom,
    valid_until: facts.validUntil,
    tcb_info_evaluation_number: facts.evaluationNumber.tcbInfo,
    qe_identity_evaluation_number: facts.evaluationNumber.qeIdentity,
  }
}

/** Whatever they hold: the verifier refuses by a code what is no text, or too long. */
function readCollateralFields(fields: Fields): Collateral {
  const given = {
    tcbInfo: fields["tcb_info"],
    tcbInfoSignature: fields["tcb_info_signature"],
    tcbInfoIssuerChain: fields["tcb_info_issuer_chain"],
    qeIdentity: fields["qe_identity"],
    qeIdentitySignature: fields["qe_identity_signature"],
    qeIdentityIssuerChain: fields["qe_identity_issuer_chain"],
    pckCrl: fields["pck_crl"],
    pckCrlIssuerChain: fields["pck_crl_issuer_chain"],
    rootCaCrl: fields["root_ca_crl"],
  } satisfies Record<keyof Collateral, unknown>
  return given as Collateral
}

function decodeRoot(host: Host, base64: string): Uint8Array {
  const der = host.decodeBase64(base64)
  if (!der) throw new Error("A root certificate is not base64")
  return der
}
