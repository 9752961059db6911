/** The public key for one scope, signed: who carries it cannot give another. */
import {
  AccountId,
  type GetScopeKey,
  OutlayerError,
  type RouteInput,
  type RouteReply,
} from "@outlayer/protocol"
import { base58Of, hexOf, publicKeyBytes, repositoryKey } from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { Keyring } from "./keyring.ts"

export function describeScopeKey(
  keyring: Keyring,
  asked: RouteInput<typeof GetScopeKey>["query"],
): RouteReply<typeof GetScopeKey> {
  const { network, contractId, epoch, signing } = keyring
  const repo = repositoryKey(asked.repo)
  if (!repo) throw new OutlayerError("bad_request", "repo is not a repository's address")
  const scope = { repo, branch: asked.branch ?? null, owner: asked.owner }
  const key = keyring.scopeKey(scope, epoch)
  if (!key) throw new OutlayerError("internal", `No keys of epoch ${epoch}`)
  const pubkey = hexOf(key.publicKey)
  const place = { network, contract_id: contractId }
  const bytes = publicKeyBytes(nodePrimitives, { ...place, ...scope, epoch, public_key: pubkey })
  return {
    network,
    contract_id: AccountId.parse(contractId),
    ...scope,
    epoch,
    pubkey,
    pubkey_base58: base58Of(key.publicKey),
    signing_key: signing.publicKey,
    signature: Buffer.from(signing.sign(bytes)).toString("base64"),
  }
}
