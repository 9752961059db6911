/** By what workers are judged: the register contract's own rules, at one block. */
import { readWorkerMeasurements } from "@outlayer/attestation"
import type { CollateralFacts } from "@outlayer/attestation/pure"
import { OutlayerError } from "@outlayer/protocol"
import { z } from "zod"
import type { Rules } from "../sessions/judge-worker.ts"
import type { Contracts } from "./outlayer.ts"
import type { Snapshot } from "./snapshot.ts"

const PAGE = 100

const Status = z.object({
  root_sha256: z.string(),
  minimum_evaluation_number: z.int().nonnegative(),
})

/** `root`: the only one that this keystore trusts, whatever the contract says of its own. */
export async function readRules(
  contracts: Contracts,
  register: string,
  snapshot: Snapshot,
  root: string,
): Promise<Rules> {
  const [status, measurements] = await Promise.all([
    contracts.read(register, "get_collateral_status", {}).then((found) => Status.parse(found)),
    contracts
      .read(register, "get_approved_measurements", { from_index: 0, limit: PAGE })
      .then(readWorkerMeasurements),
  ])
  if (status.root_sha256 !== root) {
    throw new OutlayerError("keystore_unavailable", "The register contract trusts another root")
  }
  return {
    // Verified by the contract, and of its own making.
    collateralOf: async (fmspc) =>
      ((await contracts.read(register, "get_collateral", { fmspc })) ?? undefined) as
        | CollateralFacts
        | undefined,
    measurements,
    minimumEvaluationNumber: status.minimum_evaluation_number,
    root,
    now: Number(snapshot.block.timestampNs / 1_000_000_000n),
  }
}
