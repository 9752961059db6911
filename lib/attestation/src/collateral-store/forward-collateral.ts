/** Brings the collateral that a register contract judges by up to what the store has. */
import { type Collateral, type CollateralFacts, isNews } from "../pure/index.ts"
import type { CollateralStore } from "./collateral-store.ts"

export interface RegisterContract {
  /** `get_collateral`; null where the family is unknown. */
  readonly readFacts: (fmspc: string) => Promise<CollateralFacts | null>
  /** `update_collateral`. */
  readonly update: (args: Readonly<Record<string, string>>) => Promise<unknown>
}

/**
 * `known`: the contract has the same, or newer, from somebody else. Where that is of a TCB evaluation
 * that `store` does not have yet, `early` is asked: what is known ends, and nothing older comes after it.
 */
export async function forwardCollateral(
  fmspc: string,
  store: CollateralStore,
  early: CollateralStore,
  { readFacts, update }: RegisterContract,
): Promise<{ outcome: "forwarded" | "known"; facts: CollateralFacts }> {
  const usual = await store.get(fmspc)
  const known = await readFacts(usual.facts.fmspc)
  const isBehind = known?.root === usual.facts.root && isEvaluatedBefore(usual.facts, known)
  const { collateral, facts } = isBehind ? await early.get(fmspc) : usual
  const isNewer = known === null || isNews(facts, known)
  // Facts of another root are left from before the contract was given its own.
  if (!isNewer && known.root === facts.root) return { outcome: "known", facts: known }
  await update(collateralArguments(collateral))
  return { outcome: "forwarded", facts }
}

function isEvaluatedBefore(one: CollateralFacts, other: CollateralFacts): boolean {
  const [left, right] = [one.evaluationNumber, other.evaluationNumber]
  return left.tcbInfo < right.tcbInfo || left.qeIdentity < right.qeIdentity
}

/** Of `update_collateral`: nothing else is taken there. */
export function collateralArguments(collateral: Collateral): Record<string, string> {
  return {
    tcb_info: collateral.tcbInfo,
    tcb_info_signature: collateral.tcbInfoSignature,
    tcb_info_issuer_chain: collateral.tcbInfoIssuerChain,
    qe_identity: collateral.qeIdentity,
    qe_identity_signature: collateral.qeIdentitySignature,
    qe_identity_issuer_chain: collateral.qeIdentityIssuerChain,
    pck_crl: collateral.pckCrl,
    pck_crl_issuer_chain: collateral.pckCrlIssuerChain,
    root_ca_crl: collateral.rootCaCrl,
  }
}
