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
  resealBytes,
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
  const context = { ...scope, network, contractId, kind: "stored", profile } as const
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
  context: SecretContext & { profile: string },
  was: Uint8Array,
): RouteReply<typeof ResealSecrets> {
  const { network, contractId: contract_id, epoch, signing } = keyring
  const was_epoch = readEnvelopeEpoch(was)
  const before = keyring.scopeKey(scope, was_epoch)
  const after = keyring.scopeKey(scope, epoch)
  if (!before || !after) throw new SealingError("envelope_for_other_key", `epoch ${was_epoch}`)
  const values = openSecrets(nodePrimitives, { key: before, context }, was)
  const to = { publicKey: after.publicKey, epoch, context }
  const now = sealSecrets(nodePrimitives, to, values)
  const { profile } = context
  const statement = { network, contract_id, ...scope, profile, epoch, was, now }
  return {
    encrypted_secrets_base64: Buffer.from(now).toString("base64"),
    epoch,
    was_epoch,
    signature: Buffer.from(signing.sign(resealBytes(nodePrimitives, statement))).toString("base64"),
  }
}
