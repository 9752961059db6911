/**
 * The keystore's keys, as far as they are to be believed: only those of a keystore that is registered
 * on chain by its quote, now. The coordinator carries them, and could give others.
 */
import type { Witnesses } from "@outlayer/near"
import {
  AccountId,
  callRoute,
  GetSecretsPublicKey,
  OutlayerError,
  PublishedKeys,
  RegisteredKeystore,
} from "@outlayer/protocol"
import { publicKeyBytes, type SecretScope } from "@outlayer/protocol/pure"
import { importVerifier, nodePrimitives } from "@outlayer/protocol/sealing/node"

export interface SealingKey {
  publicKey: Uint8Array
  epoch: number
  /** The registration is by a test root: nothing is protected. */
  isSimulated: boolean
}

export interface KeySources {
  /** Who say which keystore is registered. One that lies could have secrets sealed to its own key. */
  witnesses: Pick<Witnesses, "view">
  coordinatorUrl: string
  outlayerId: string
  registerId: string
}

/**
 * For secrets that are stored. Throws `keystore_unavailable` for a key that is not to be believed: it is
 * signed by the keystore that is registered by its quote, and that the keystore's account published.
 */
export async function readScopeKey(from: KeySources, scope: SecretScope): Promise<SealingKey> {
  const { registered } = await readKeystore(from)
  const { repo, branch, owner } = scope
  const query = { repo, owner: AccountId.parse(owner), ...(branch !== null && { branch }) }
  const answer = await callRoute(GetSecretsPublicKey, { query }, { baseUrl: from.coordinatorUrl })
  const { network, contractId: contract_id } = scope
  const { epoch, pubkey: public_key } = answer
  // Of what was asked, not of what the answer says it is for.
  const statement = { network, contract_id, repo, branch, owner, epoch, public_key }
  const verify = importVerifier(registered.signing_key)
  const signature = Buffer.from(answer.signature, "base64")
  if (!verify?.(publicKeyBytes(nodePrimitives, statement), signature)) {
    throw untrusted("The key is not signed by the registered keystore")
  }
  return { publicKey: fromHex(public_key), epoch, isSimulated: registered.root === "test" }
}

/** For envelopes inside one request: the chain alone is asked. */
export async function readInlineKey(from: KeySources): Promise<SealingKey> {
  const { registered, epoch } = await readKeystore(from)
  const { encryption_key } = registered
  return { publicKey: fromHex(encryption_key), epoch, isSimulated: registered.root === "test" }
}

/**
 * By two contracts: a quote says which program it is, its account that it is the one to use. Throws
 * `keystore_unavailable` where none is live, or they differ.
 */
export async function readKeystore({
  witnesses,
  registerId,
  outlayerId,
}: KeySources): Promise<{ registered: RegisteredKeystore; epoch: number }> {
  const [known, found] = await Promise.all([
    witnesses.view(registerId, "get_keystore", {}),
    witnesses.view(outlayerId, "get_keystore_keys", {}),
  ])
  const registered = known === null ? undefined : RegisteredKeystore.parse(known)
  if (!registered?.is_live) throw untrusted("No keystore has a live registration")
  const published = found === null ? undefined : PublishedKeys.parse(found)
  const isSame =
    published?.encryption_key === registered.encryption_key &&
    published.signing_key === registered.signing_key
  if (!isSame) throw untrusted("The published keys are not the registered keystore's")
  return { registered, epoch: published.epoch }
}

export function untrusted(message: string): OutlayerError {
  return new OutlayerError("keystore_unavailable", message)
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"))
}
