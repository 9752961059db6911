/** The keystore's keys: derived from one master secret per epoch, never stored. */
import {
  deriveInlineKey,
  deriveScopeKey,
  deriveSigningSeed,
  hexOf,
  type SecretScope,
} from "@outlayer/protocol/pure"
import { importSigningSeed, nodePrimitives, type SigningKey } from "@outlayer/protocol/sealing/node"
import type { MasterKeySource } from "./master-key.ts"

/** Public keys are worth remembering: making one costs as much as opening an envelope. */
const MAX_REMEMBERED = 10_000

export interface KeyPair {
  secretKey: Uint8Array
  publicKey: Uint8Array
}

export interface Keyring extends Disposable {
  /** New secrets are sealed for this one. */
  readonly epoch: number
  readonly network: string
  readonly contractId: string
  readonly signing: SigningKey
  /** X25519, hex. */
  readonly encryptionKey: string
  /** The caller overwrites the secret key. Undefined for an epoch that is not ours. */
  scopeKeys(
    scope: Pick<SecretScope, "repo" | "branch" | "owner">,
    epoch: number,
  ): KeyPair | undefined
  inlineKeys(epoch: number): KeyPair | undefined
  /** As `signing` and `encryptionKey` are now, for every epoch that still opens. */
  publishedKeys(): { epoch: number; signingKey: string; encryptionKey: string }[]
}

export async function openKeyring(
  source: MasterKeySource,
  options: { network: string; contractId: string; epoch: number; oldestEpoch: number },
): Promise<Keyring> {
  const { network, contractId, epoch, oldestEpoch } = options
  const place = { network, contractId }
  const masters = new Map<number, Uint8Array>()
  for (let each = oldestEpoch; each <= epoch; each += 1) masters.set(each, await source.read(each))
  const published = [...masters].map(([each, master]) => ({
    epoch: each,
    signing: importSigningSeed(deriveSigningSeed(nodePrimitives, master, each, place)),
    encryptionKey: hexOf(publicKeyOf(deriveInlineKey(nodePrimitives, master, each, place))),
  }))
  const current = published.at(-1)
  if (!current) throw new RangeError("KEY_EPOCH is below OLDEST_KEY_EPOCH")
  const publicKeys = new Map<string, Uint8Array>()

  return {
    epoch,
    network,
    contractId,
    signing: current.signing,
    encryptionKey: current.encryptionKey,

    scopeKeys({ repo, branch, owner }, of) {
      const master = masters.get(of)
      if (!master) return undefined
      const scope = { ...place, repo, branch, owner }
      const secretKey = deriveScopeKey(nodePrimitives, master, of, scope)
      return {
        secretKey,
        publicKey: remember(JSON.stringify([of, repo, branch, owner]), secretKey),
      }
    },

    inlineKeys(of) {
      const master = masters.get(of)
      if (!master) return undefined
      const secretKey = deriveInlineKey(nodePrimitives, master, of, place)
      return { secretKey, publicKey: remember(JSON.stringify([of]), secretKey) }
    },

    publishedKeys: () =>
      published.map(({ epoch: each, signing, encryptionKey }) => ({
        epoch: each,
        signingKey: signing.publicKey,
        encryptionKey,
      })),

    [Symbol.dispose]() {
      for (const master of masters.values()) master.fill(0)
      masters.clear()
    },
  }

  function remember(name: string, secretKey: Uint8Array): Uint8Array {
    const known = publicKeys.get(name)
    if (known) return known
    const [oldest] = publicKeys.keys()
    if (publicKeys.size >= MAX_REMEMBERED && oldest !== undefined) publicKeys.delete(oldest)
    const made = nodePrimitives.x25519PublicKey(secretKey)
    publicKeys.set(name, made)
    return made
  }
}

function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  const publicKey = nodePrimitives.x25519PublicKey(secretKey)
  secretKey.fill(0)
  return publicKey
}
