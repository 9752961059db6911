/** Whether secrets can be released now, and what the chain says of this keystore. */
import type { KeystoreHealth, RouteReply } from "@outlayer/protocol"
import { OutlayerError } from "@outlayer/protocol"
import type { KeystoreParts } from "./app.ts"
import { openContracts } from "./chain/outlayer.ts"

export async function readHealth({
  identity,
  teeMode,
  chain,
  accounts,
}: Pick<KeystoreParts, "identity" | "teeMode" | "chain" | "accounts">): Promise<
  RouteReply<typeof KeystoreHealth>
> {
  const facts = { tee_mode: teeMode, keystore: identity }
  try {
    const snapshot = await chain.snapshot()
    const found = await openContracts(snapshot, accounts).keystore()
    const isOurs = found?.signing_key === identity.signing_key
    const registration = found && isOurs ? found : null
    const problems = registration?.is_live ? [] : ["not_registered"]
    const block_height = snapshot.block.height
    return { ...facts, healthy: problems.length === 0, registration, block_height, problems }
  } catch (error) {
    // Endpoints may be named in the text, never their keys; the code is enough.
    const problem = error instanceof OutlayerError ? error.code : "internal"
    const unknown = { registration: null, block_height: null }
    return { ...facts, ...unknown, healthy: false, problems: [problem] }
  }
}
