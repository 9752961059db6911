/** Which stored secret a request means: owner and profile are the chain's, the branch needs the worker. */
import { type Denial, repositoryKey } from "@outlayer/protocol/pure"
import type { Contracts, PendingRequest, FoundSecret } from "../chain/outlayer.ts"

/** Why a secret stays where it is: data for the record, not an error of ours. */
export class Denied extends Error {
  readonly denial: Denial

  constructor(denial: Denial) {
    super(denial)
    this.denial = denial
  }
}

/**
 * A commit named by a branch means that one's record, else the record of every branch. A commit
 * named by its hash or a tag means the record of whichever of its branches has one; if several do,
 * nobody can tell which was meant. Throws `Denied`.
 */
export async function findSecret(
  contracts: Contracts,
  { code_source, secrets_ref }: PendingRequest,
  branches: readonly string[],
): Promise<{ repo: string; secret: FoundSecret }> {
  const repo = repositoryKey(code_source.repo)
  if (!repo || !secrets_ref) throw new Denied("secret_not_found")
  const { profile, account_id: owner } = secrets_ref
  const find = (branch: string | null) => contracts.secret({ repo, branch, profile, owner })

  const named = branches.includes(code_source.commit) ? [code_source.commit] : branches
  const found = await Promise.all([...new Set(named)].map(find))
  // Without one of its own a branch gets the record of every branch: the same for all of them.
  const exact = found.filter((secret) => secret !== undefined && secret.branch !== null)
  if (exact.length > 1) throw new Denied("secret_ambiguous")
  const secret = exact[0] ?? (await find(null))
  if (!secret) throw new Denied("secret_not_found")
  return { repo, secret }
}
