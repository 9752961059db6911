/** Where this worker keeps metered programs: sealed by what only it has. */
import { createHash } from "node:crypto"
import type { DstackClient } from "@outlayer/attestation"
import type { Logger } from "@outlayer/service"
import type { Config } from "./config.ts"
import { type MeteredStore, openMeteredStore } from "./sandbox/host/metered-store.ts"

const PURPOSE = "outlayer/worker/metered-programs"

/** Undefined where the folder cannot be had: a worker does without. */
export async function openStore(
  { METERED_CACHE_DIR: folder, OPERATOR_PRIVATE_KEY: operatorKey }: Config,
  dstack: DstackClient | undefined,
  log: Logger,
): Promise<MeteredStore | undefined> {
  if (folder === "") return undefined
  try {
    // The key of a worker in a TEE is new with each start; its machine's is not.
    const key = dstack ? await dstack.getKey(PURPOSE) : operatorKey?.reveal()
    if (key === undefined) return undefined
    const secret = createHash("sha256").update(`${PURPOSE};`).update(key).digest()
    return await openMeteredStore({ folder, secret })
  } catch (error) {
    log.warn({ folder, reason: String(error) }, "metered programs are not kept")
    return undefined
  }
}
