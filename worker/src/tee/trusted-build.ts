/** Whether secrets may go to a wasm: the coordinator's word that it comes of a commit is a hint. */
import type { Witnesses } from "@outlayer/near"
import { type BuildRecord, RegisteredWorker } from "@outlayer/protocol"
import { isSignedByBuilder } from "@outlayer/protocol/sealing/build-signature"

export interface Wanted {
  /** The repository's key. */
  repo: string
  commit: string
  buildTarget: string
}

/** Live: registered by its quote, under a measurement that is approved still. */
export async function isTrustedBuild(
  record: BuildRecord,
  wanted: Wanted,
  trust: { witnesses: Pick<Witnesses, "view">; registerId: string; ownKey: string },
): Promise<boolean> {
  const isWanted =
    record.repo === wanted.repo &&
    record.commit === wanted.commit &&
    record.build_target === wanted.buildTarget
  if (!isWanted || !isSignedByBuilder(record)) return false
  if (record.builder === trust.ownKey) return true
  const found = await trust.witnesses.view(trust.registerId, "get_worker", {
    public_key: record.builder,
  })
  return found !== null && RegisteredWorker.parse(found).is_live
}
