/** Brings the collateral that a register contract judges by up to what the store has. */
import { type Collateral, type CollateralFacts, supersedes } from "../pure/index.ts"
import type { CollateralStore } from "./collateral-store.ts"

export interface RegisterContract {
  /** `get_collateral`; null where the family is unknown. */
  readonly readFacts: (fmspc: string) => Promise<CollateralFacts | null>
  /** `update_collateral`. */
  readonly update: (args: Readonly<Record<string, string>>) => Promise<unknown>
}

/** `known`: the contract has the same, or newer, from somebody else. */
export async function forwardCollateral(
  fmspc: string,
  store: CollateralStore,
  { readFacts, update }: RegisterContract,
): Promise<{ outcome: "forwarded" | "known"; facts: CollateralFacts }> {
  const { collateral, facts } = await store.get(fmspc)
  const known = await readFacts(facts.fmspc)
  const isNewer = known === null || (supersedes(facts, known) && !supersedes(known, facts))
  // Facts of another root are left from before the contract was given its own.
  if (!isNewer && known.root === facts.root) return { outcome: "known", facts: known }
  await update(collateralArguments(collateral))
  return { outcome: "forwarded", facts }
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
