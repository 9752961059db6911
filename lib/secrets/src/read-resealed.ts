/** What the keystore has sealed anew after a rotation, as far as it is to be believed. */
import {
  AccountId,
  callRoute,
  OutlayerError,
  ResealStoredSecrets,
  StoredSecret,
} from "@outlayer/protocol"
import {
  type AccessCondition,
  parseAccessCondition,
  resealBytes,
  type SecretContext,
} from "@outlayer/protocol/pure"
import { importVerifier, nodePrimitives } from "@outlayer/protocol/sealing/node"
import { type KeySources, readKeystore, untrusted } from "./keystore-keys.ts"

export interface Resealed {
  envelope: Uint8Array
  epoch: number
  wasEpoch: number
  /** As it is stored. */
  access: AccessCondition
}

/**
 * Whoever carries it could seal values of his own for the place: it must be of the registered keystore,
 * and of what is stored now. Throws `secrets_not_found`, `keystore_unavailable`.
 */
export async function readResealed(
  from: KeySources,
  place: Pick<SecretContext, "network" | "repo" | "branch" | "owner"> & { profile: string },
): Promise<Resealed> {
  const { network, repo, branch, profile } = place
  const owner = AccountId.parse(place.owner)
  const id = { repo, branch, profile, owner }
  const { registered } = await readKeystore(from)
  const found = await from.witnesses.view(from.outlayerId, "get_secrets", id)
  const stored = found === null ? undefined : StoredSecret.parse(found)
  // Of another branch: what there is for all of them.
  if (stored?.branch !== branch) throw new OutlayerError("secrets_not_found", "Nothing is stored")
  const at = { baseUrl: from.coordinatorUrl }
  const answer = await callRoute(ResealStoredSecrets, { body: id }, at)
  const { epoch, was_epoch: wasEpoch } = answer
  const [was, envelope] = [bytes(stored.encrypted_secrets), bytes(answer.encrypted_secrets_base64)]
  const statement = { network, contract_id: from.outlayerId, ...id, epoch, was, now: envelope }
  const signed = resealBytes(nodePrimitives, statement)
  if (!importVerifier(registered.signing_key)?.(signed, bytes(answer.signature))) {
    throw untrusted("The envelope is not the registered keystore's, of what is stored now")
  }
  return { envelope, epoch, wasEpoch, access: parseAccessCondition(stored.access) }
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"))
}
