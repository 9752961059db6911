/** Where a request's commit is, by our own eyes: what secrets may depend on. */
import { fetchHistory } from "./history.ts"
import type { RepositoryAddress } from "./repository-address.ts"
import { resolveCommit } from "./resolve-commit.ts"
import type { GitRun } from "./run-git.ts"

export interface LocatedCommit {
  /** Full. */
  commit: string
  repositoryKey: string
  /** Every branch whose history holds the commit, sorted by bytes; empty when only a tag does. */
  branches: readonly string[]
}

export async function locateCommit(
  git: GitRun,
  address: RepositoryAddress,
  ref: string,
): Promise<LocatedCommit> {
  const commit = await resolveCommit(git, address, ref)
  const history = await fetchHistory(git, address.url)
  const branches = await history.branchesHolding(commit)
  return { commit, repositoryKey: address.key, branches }
}
