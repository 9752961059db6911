/** Whether what is about to be released is still what its owner has stored, for a request that waits. */
import { isDeepStrictEqual } from "node:util"
import { OutlayerError } from "@outlayer/protocol"
import type { Contracts } from "../chain/outlayer.ts"
import type { Case } from "./decide.ts"
import { findSecret } from "./find-secret.ts"

/**
 * A condition's contracts can take their time, and the owner has the last word until the answer goes
 * out. Throws `chain_unavailable`, for the worker to ask again, and `request_not_pending`.
 */
export async function requireStill(
  { contracts: before, request, asked }: Case,
  now: Contracts,
): Promise<void> {
  if (!(await now.request(request.request_id))) {
    throw new OutlayerError("request_not_pending", `Request ${request.request_id} was settled`)
  }
  if (!request.secrets_ref) return
  const find = (contracts: Contracts) =>
    findSecret(contracts, request, asked.branches).catch((error: Error) => error.message)
  if (isDeepStrictEqual(await find(now), await find(before))) return
  throw new OutlayerError("chain_unavailable", "The secret was changed meanwhile: ask again")
}
