/** The keystore's keys: derived from one master secret per epoch, never stored. */
import {
  type AgreementKey,
  deriveInlineKey,
  deriveScopeKey,
  deriveSigningSeed,
  hexOf,
  type SecretScope,
} from "@outlayer/protocol/pure"
import { importSigningSeed, nodePrimitives, type SigningKey } from "@outlayer/protocol/sealing/node"
import type { MasterKeySource } from "./master-key.ts"

/**
 * Deriving and importing a key costs as much as opening an envelope. Keys in memory tell nobody more
 * than the master secrets beside them.
 */
const MAX_REMEMBERED = 1_000

export interface Keyring extends Disposable {
  /** New secrets are sealed for this one. */
  readonly epoch: number
  readonly network: string
  readonly contractId: string
  readonly signing: SigningKey
  /** Its public keys in every epoch until now, also of those that open nothing any more. */
  readonly signingKeys: readonly string[]
  /** X25519, hex. */
  readonly encryptionKey: string
  /** Stays the keyring's. Undefined for an epoch that is not ours. */
  scopeKey(
    scope: Pick<SecretScope, "repo" | "branch" | "owner">,
    epoch: number,
  ): AgreementKey | undefined
  inlineKey(epoch: number): AgreementKey | undefined
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
  for (let each = 0; each <= epoch; each += 1) masters.set(each, await source.read(each))
  const published = [...masters].map(([each, master]) => ({
    epoch: each,
    signing: importSigningSeed(deriveSigningSeed(nodePrimitives, master, each, place)),
    encryptionKey: hexOf(take(deriveInlineKey(nodePrimitives, master, each, place)).publicKey),
  }))
  const current = published.at(-1)
  if (!current || epoch < oldestEpoch) throw new RangeError("KEY_EPOCH is below OLDEST_KEY_EPOCH")
  // Records of dropped epochs stay; what their secrets could be opened with goes.
  for (let each = 0; each < oldestEpoch; each += 1) {
    masters.get(each)?.fill(0)
    masters.delete(each)
  }
  /** Those used last at the end. */
  const remembered = new Map<string, AgreementKey>()

  return {
    epoch,
    network,
    contractId,
    signing: current.signing,
    signingKeys: published.map(({ signing }) => signing.publicKey),
    encryptionKey: current.encryptionKey,

    scopeKey({ repo, branch, owner }, of) {
      const scope = { ...place, repo, branch, owner }
      return find(of, [repo, branch, owner], (master) =>
        deriveScopeKey(nodePrimitives, master, of, scope),
      )
    },

    inlineKey: (of) => find(of, [], (master) => deriveInlineKey(nodePrimitives, master, of, place)),

    publishedKeys: () =>
      published.slice(oldestEpoch).map(({ epoch: each, signing, encryptionKey }) => ({
        epoch: each,
        signingKey: signing.publicKey,
        encryptionKey,
      })),

    [Symbol.dispose]() {
      for (const master of masters.values()) master.fill(0)
      for (const key of remembered.values()) key.forget()
      masters.clear()
      remembered.clear()
    },
  }

  function find(
    of: number,
    scope: readonly (string | null)[],
    derive: (master: Uint8Array) => Uint8Array,
  ): AgreementKey | undefined {
    const master = masters.get(of)
    if (!master) return undefined
    const name = JSON.stringify([of, ...scope])
    const key = remembered.get(name) ?? take(derive(master))
    remembered.delete(name)
    remembered.set(name, key)
    if (remembered.size > MAX_REMEMBERED) forgetOldest()
    return key
  }

  function forgetOldest(): void {
    for (const [name, key] of remembered) {
      key.forget()
      remembered.delete(name)
      return
    }
  }
}

/** Overwrites the secret key. */
function take(secretKey: Uint8Array): AgreementKey {
  const key = nodePrimitives.importAgreementKey(secretKey)
  secretKey.fill(0)
  return key
}
