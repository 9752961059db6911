/**
 * What several endpoints say alike, each of its own last final block unless a height is named. For
 * whatever a secret depends on: one endpoint that lies could name a builder, a keystore or an owner's
 * key of its own.
 */
import { askQuorum } from "@outlayer/protocol"
import type { Chain } from "./chain.ts"

/** Of one read: nodes answer within seconds, or never. */
const READ_MS = 30_000

/** The reads that no single endpoint is believed for. */
export type Witnesses = Pick<Chain, "view" | "fullAccessKeys">

/** Methods throw `chain_unavailable` once no answer can be that of `quorum` endpoints any more. */
export function openWitnesses(endpoints: readonly Witnesses[], quorum: number): Witnesses {
  const all = { endpoints, quorum, timeoutMs: READ_MS }
  return {
    view: (...question) => askQuorum(all, (chain) => chain.view(...question)),
    fullAccessKeys: (accountId) =>
      askQuorum(all, async (chain) => (await chain.fullAccessKeys(accountId)).toSorted()),
  }
}
