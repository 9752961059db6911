/** After a rotation: what was sealed for an older epoch, sealed for the present one, in the same context. */
import {
  OutlayerError,
  type ResealSecrets,
  type RouteInput,
  type RouteReply,
} from "@outlayer/protocol"
import {
  openSecrets,
  readEnvelopeEpoch,
  repositoryKey,
  SealingError,
  sealSecrets,
  type SecretContext,
} from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { Chain } from "../chain/chain.ts"
import { type Accounts, openContracts } from "../chain/outlayer.ts"
import type { Keyring } from "../keys/keyring.ts"

/** Throws `secrets_not_found`, `secrets_invalid`. */
export async function reseal(
  { chain, accounts, keyring }: { chain: Chain; accounts: Accounts; keyring: Keyring },
  asked: RouteInput<typeof ResealSecrets>["body"],
): Promise<RouteReply<typeof ResealSecrets>> {
  const { branch, profile, owner } = asked
  const repo = repositoryKey(asked.repo)
  if (!repo) throw new OutlayerError("bad_request", "repo is not a repository's address")
  const contracts = openContracts(await chain.snapshot(), accounts)
  const secret = await contracts.secret({ repo, branch, profile, owner })
  if (secret?.branch !== branch) throw new OutlayerError("secrets_not_found", "Nothing is stored")
  const { network, contractId, epoch } = keyring
  const scope = { repo, branch, owner }
  const context: SecretContext = { ...scope, network, contractId, kind: "stored", profile }
  try {
    return sealAgain(keyring, scope, context, secret.envelope)
  } catch (error) {
    if (!(error instanceof SealingError)) throw error
    throw new OutlayerError("secrets_invalid", `${error.code}, for epoch ${epoch}`)
  }
}

function sealAgain(
  keyring: Keyring,
  scope: Parameters<Keyring["scopeKey"]>[0],
  context: SecretContext,
  envelope: Uint8Array,
): RouteReply<typeof ResealSecrets> {
  const was_epoch = readEnvelopeEpoch(envelope)
  const before = keyring.scopeKey(scope, was_epoch)
  const now = keyring.scopeKey(scope, keyring.epoch)
  if (!before || !now) throw new SealingError("envelope_for_other_key", `epoch ${was_epoch}`)
  const values = openSecrets(nodePrimitives, { key: before, context }, envelope)
  const to = { publicKey: now.publicKey, epoch: keyring.epoch, context }
  const sealed = Buffer.from(sealSecrets(nodePrimitives, to, values)).toString("base64")
  return { encrypted_secrets_base64: sealed, epoch: keyring.epoch, was_epoch }
}
