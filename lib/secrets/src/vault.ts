/** An account's own secrets on chain. */
import { callContract, type Chain, type Signer } from "@outlayer/near"
import { OutlayerError } from "@outlayer/protocol"
import {
  type AccessCondition,
  repositoryKey,
  type SecretContext,
  sealSecrets,
  type SecretValues,
} from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import { z } from "zod"
import { type KeySources, readInlineKey, readScopeKey } from "./keystore-keys.ts"
import { readResealed } from "./read-resealed.ts"

const GAS = 100n * 10n ** 12n
const PAGE = 100

export interface SecretPlace {
  /** Any spelling. */
  repo: string
  /** Absent: for every branch. */
  branch?: string | undefined
  profile: string
}

export interface VaultOptions extends KeySources {
  /** For what a lie can spoil, and not disclose. */
  chain: Chain
  /** The owner. */
  signer: Signer
}

const Stored = z.object({
  repo: z.string(),
  branch: z.string().nullable(),
  profile: z.string(),
  owner: z.string(),
  access: z.unknown(),
  created_at: z.string(),
  updated_at: z.string(),
  storage_deposit: z.string(),
})
export type Stored = z.infer<typeof Stored>

export type Vault = ReturnType<typeof openVault>

/** Every method throws `OutlayerError` or `SealingError`, or what the contract says against it. */
export function openVault(options: VaultOptions) {
  const { chain, signer, outlayerId } = options
  const owner = signer.accountId
  return {
    /** Seals, and stores in place of what was there. The chain never sees the values. */
    async store(
      place: SecretPlace,
      values: SecretValues,
      access: AccessCondition,
    ): Promise<{ depositYocto: bigint; isSimulated: boolean }> {
      const { repo, branch, profile } = idOf(place)
      const context = await contextOf("stored", repo, { branch, profile })
      const { isSimulated, ...key } = await readScopeKey(options, context)
      const sealed = sealSecrets(nodePrimitives, { ...key, context }, values)
      return { depositYocto: await put({ repo, branch, profile }, sealed, access), isSimulated }
    },

    /** After a rotation: the same values and condition, for the keystore's present epoch. */
    async reseal(place: SecretPlace): Promise<{ epoch: number; wasEpoch: number }> {
      const id = idOf(place)
      const at = { ...id, owner, network: await chain.chainId() }
      const { envelope, epoch, wasEpoch, access } = await readResealed(options, at)
      await put(id, envelope, access)
      return { epoch, wasEpoch }
    },

    /** An envelope for `encrypted_secrets` of one request, base64. `sender` calls the contract. */
    async sealInline(repo: string, sender: string, values: SecretValues): Promise<string> {
      const context = await contextOf("inline", keyOf(repo), {
        branch: null,
        profile: null,
        owner: sender,
      })
      const { publicKey, epoch } = await readInlineKey(options)
      const sealed = sealSecrets(nodePrimitives, { publicKey, epoch, context }, values)
      return Buffer.from(sealed).toString("base64")
    },

    async updateAccess(place: SecretPlace, access: AccessCondition): Promise<void> {
      // What the condition grows by is covered; the rest comes back.
      await call("update_access", { ...idOf(place), access }, 10n ** 23n)
    },

    async delete(place: SecretPlace): Promise<void> {
      await call("delete_secrets", idOf(place), 1n)
    },

    async list(): Promise<Stored[]> {
      const all: Stored[] = []
      for (;;) {
        const page = { account_id: owner, from_index: all.length, limit: PAGE }
        const found = await chain.view(outlayerId, "list_user_secrets", page)
        const secrets = z.array(Stored).parse(found)
        all.push(...secrets)
        if (secrets.length < PAGE) return all
      }
    },
  }

  /** Returns what is kept for its storage. */
  async function put(
    id: ReturnType<typeof idOf>,
    envelope: Uint8Array,
    access: AccessCondition,
  ): Promise<bigint> {
    const encrypted_secrets_base64 = Buffer.from(envelope).toString("base64")
    const args = { ...id, encrypted_secrets_base64, access }
    const cost = await chain.view(outlayerId, "estimate_storage_cost", { ...args, owner })
    const depositYocto = BigInt(z.string().parse(cost))
    await call("store_secrets", args, depositYocto)
    return depositYocto
  }

  function call(method: string, args: object, depositYocto: bigint): Promise<unknown> {
    return callContract(chain, signer, {
      contractId: outlayerId,
      method,
      args,
      gas: GAS,
      depositYocto,
    })
  }

  async function contextOf(
    kind: SecretContext["kind"],
    repo: string,
    rest: Pick<SecretContext, "branch" | "profile"> & { owner?: string },
  ): Promise<SecretContext> {
    return { network: await chain.chainId(), contractId: outlayerId, kind, repo, owner, ...rest }
  }
}

function idOf({ repo, branch, profile }: SecretPlace) {
  return { repo: keyOf(repo), branch: branch ?? null, profile }
}

function keyOf(repo: string): string {
  const key = repositoryKey(repo)
  if (!key) throw new OutlayerError("bad_request", `${repo} is not a repository's address`)
  return key
}
