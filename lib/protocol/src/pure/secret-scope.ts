/** For whom a secret is sealed, and the keystore's keys for it. */
import { canonicalBytes, type CanonicalField } from "./canonical-bytes.ts"
import { hkdf } from "./hkdf.ts"
import { repositoryKey } from "./repository-key.ts"
import { SealingError, type SealingPrimitives } from "./sealed-box.ts"

/** Where a secret belongs: moved anywhere else it does not open. */
export interface SecretContext {
  /** The chain's id: `mainnet`, `testnet`, `localnet`. */
  network: string
  /** The account of the contract `outlayer`. */
  contractId: string
  /** `stored` on chain under a profile, or `inline` in one request. */
  kind: "stored" | "inline"
  /** The repository's key: `host/owner/name` in lower case. */
  repo: string
  /** Null for every branch; always null inline. */
  branch: string | null
  /** Who stored it; inline, who calls `request_execution`: the predecessor, as with conditions. */
  owner: string
  /** Null inline. */
  profile: string | null
}

export type SecretScope = Pick<
  SecretContext,
  "network" | "contractId" | "repo" | "branch" | "owner"
>

export const MAX_KEY_EPOCH = 0xffff

const MASTER_SALT = "outlayer-keystore-x25519-1"

/** The X25519 secret key of (repo, branch, owner) in an epoch: 32 bytes. */
export function deriveScopeKey(
  primitives: SealingPrimitives,
  master: Uint8Array,
  epoch: number,
  scope: SecretScope,
): Uint8Array {
  requireContext({ ...scope, kind: "stored", profile: "-" })
  const { network, contractId, repo, branch, owner } = scope
  const fields = [requireEpoch(epoch), network, contractId, repo, branch, owner]
  return derive(primitives, master, "outlayer-scope-key-1", fields)
}

/** The X25519 secret key for inline envelopes; its public key is published on chain. */
export function deriveInlineKey(
  primitives: SealingPrimitives,
  master: Uint8Array,
  epoch: number,
  { network, contractId }: Pick<SecretContext, "network" | "contractId">,
): Uint8Array {
  const fields = [requireEpoch(epoch), network, contractId]
  return derive(primitives, master, "outlayer-inline-key-1", fields)
}

/** The seed of the Ed25519 key that signs sessions, public keys and records. */
export function deriveSigningSeed(
  primitives: SealingPrimitives,
  master: Uint8Array,
  epoch: number,
  { network, contractId }: Pick<SecretContext, "network" | "contractId">,
): Uint8Array {
  const fields = [requireEpoch(epoch), network, contractId]
  return derive(primitives, master, "outlayer-signing-key-1", fields)
}

/** What the envelope's key and nonce are bound to, besides the envelope's own header. */
export function contextBytes(
  { utf8 }: SealingPrimitives,
  context: SecretContext,
  header: Uint8Array,
): Uint8Array {
  requireContext(context)
  const { network, contractId, kind, repo, branch, owner, profile } = context
  const fields = [header, network, contractId, kind, repo, branch, owner, profile]
  return canonicalBytes(utf8, "outlayer-secret-1", fields)
}

function derive(
  primitives: SealingPrimitives,
  master: Uint8Array,
  tag: string,
  fields: CanonicalField[],
): Uint8Array {
  if (master.length < 32) throw new SealingError("key_invalid", "master: fewer than 32 bytes")
  return hkdf(primitives.sha512, {
    secret: master,
    salt: primitives.utf8(MASTER_SALT),
    info: canonicalBytes(primitives.utf8, tag, fields),
    length: 32,
  })
}

function requireEpoch(epoch: number): number {
  if (!Number.isInteger(epoch) || epoch < 0 || epoch > MAX_KEY_EPOCH) {
    throw new SealingError("context_invalid", `epoch: 0 to ${MAX_KEY_EPOCH}`)
  }
  return epoch
}

/** Two spellings of one context would be two keys, so only the one spelling is taken. */
function requireContext({ kind, repo, branch, profile, ...texts }: SecretContext): void {
  if (repositoryKey(repo) !== repo) refuse("repo: not a repository's key")
  if (branch === "") refuse("branch: empty; null means every branch")
  if (profile === "") refuse("profile: empty")
  if ((kind === "stored") !== (profile !== null)) refuse("profile: stored secrets alone have one")
  if (kind === "inline" && branch !== null) refuse("branch: an inline envelope has none")
  for (const [name, text] of Object.entries({ ...texts, branch, profile })) {
    if (text !== null && (text === "" || !isWellFormed(text))) refuse(`${name}: not a usable text`)
  }
}

function refuse(problem: string): never {
  throw new SealingError("context_invalid", problem)
}

/** A lone surrogate has no UTF-8: two such texts would share their bytes. */
export function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/.test(text)
}
