/** The files of one commit that the named repository really holds. */
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { commitKind } from "@outlayer/protocol/pure"
import { fetchHistory, noSuchCommit, openRepository } from "./history.ts"
import type { RepositoryAddress } from "./repository-address.ts"
import { RepositoryError } from "./repository-error.ts"
import { type GitRun, readFailure } from "./run-git.ts"

export interface FetchedSource {
  repositoryKey: string
  /** Every branch whose history holds the commit, sorted by bytes; empty when only a tag does. */
  branches: readonly string[]
}

const MAX_FILES = 20_000

export async function fetchSource(
  git: GitRun,
  { url, key }: RepositoryAddress,
  commit: string,
  folder: string,
): Promise<FetchedSource> {
  if (commitKind(commit) !== "full") throw noSuchCommit("The commit must be a full hash")
  const history = await fetchHistory(git, url)
  const branches = await history.branchesHolding(commit)
  await openRepository(git, folder, url)
  await fetchCommit(git, folder, commit)
  await refuseTooMuch(git, folder, commit)
  await git.must(folder, ["checkout", "--quiet", "--detach", commit])
  // Nothing of Git's own may steer a build, or differ from one clone to the next.
  await rm(join(folder, ".git"), { recursive: true, force: true })
  return { repositoryKey: key, branches }
}

/** Old servers give only what a branch or tag points at: then everything comes. */
async function fetchCommit(git: GitRun, folder: string, commit: string): Promise<void> {
  const fetch = ["fetch", "--quiet", "--no-tags", "origin"]
  const shallow = await git.run(folder, [...fetch, "--depth=1", commit])
  if (shallow.exitCode === 0) return
  const isOld = /unadvertised object|not our ref|does not support shallow/.test(shallow.stderr)
  if (!isOld) throw readFailure(shallow)
  const refs = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
  await git.must(folder, [...fetch, ...refs])
}

/** Before a single file is written: a few kilobytes of pack can name terabytes of files. */
async function refuseTooMuch(git: GitRun, folder: string, commit: string): Promise<void> {
  const args = ["ls-tree", "-r", "-l", "-z", "--full-tree", commit]
  const listing = await git.must(folder, args, { maxOutputBytes: MAX_FILES * 256 })
  // `<mode> SP <type> SP <hash> SP* <size> TAB <path>`; a submodule's size is a dash.
  const sizes = listing.split("\0").map((line) => Number(/ (\d+)\t/.exec(line)?.[1] ?? 0))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  if (sizes.length > MAX_FILES || bytes > git.maxRepositoryBytes) {
    throw new RepositoryError(
      "repository_too_large",
      "The repository's files are too many or too large",
    )
  }
}
