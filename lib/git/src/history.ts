/** The commits that a repository's own branches and tags reach, and nothing else of it. */
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { RepositoryError } from "./repository-error.ts"
import { type GitRun, readFailure } from "./run-git.ts"

export interface History {
  /** A short hash becomes the only commit that begins so. */
  expand(shortHash: string): Promise<string>
  /**
   * The branches that hold the commit, sorted by bytes; none if only a tag does. Throws unless one
   * of the two reaches it: forges serve the commits of forks under their parent's name.
   */
  branchesHolding(commit: string): Promise<string[]>
}

const NO_COMMIT = "The repository has no such commit"

export async function fetchHistory(git: GitRun, url: string): Promise<History> {
  const folder = join(git.folder, "history")
  await openRepository(git, folder, url, "--bare")
  const refs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
  // No trees, no files: what remains of a large repository is small.
  await git.must(folder, ["fetch", "--quiet", "--filter=tree:0", "--no-tags", "origin", ...refs])

  async function refsHolding(commit: string): Promise<string[]> {
    const args = ["for-each-ref", "--format=%(refname)", `--contains=${commit}`]
    const ended = await git.run(folder, [...args, "refs/heads", "refs/tags"])
    return ended.exitCode === 0 ? ended.stdout.split("\n").filter(Boolean) : []
  }

  return {
    async expand(shortHash) {
      const args = ["rev-list", "--branches", "--tags"]
      // 41 bytes a commit.
      const maxOutputBytes = git.maxRepositoryBytes
      const hashes = (await git.must(folder, args, { maxOutputBytes })).split("\n")
      const [commit, ...others] = hashes.filter((hash) => hash.startsWith(shortHash))
      if (commit === undefined) throw noSuchCommit(`No branch, tag or commit ${shortHash}`)
      if (others.length > 0) throw noSuchCommit(`More than one commit begins with ${shortHash}`)
      return commit
    },
    async branchesHolding(commit) {
      const refs = await refsHolding(commit)
      if (refs.length === 0) throw await whyNotHeld(git, folder, commit)
      // The hash of an annotated tag passes for what it names.
      if (!(await isCommit(git, folder, commit))) throw noSuchCommit(NO_COMMIT)
      const prefix = "refs/heads/"
      const branches = refs.filter((ref) => ref.startsWith(prefix))
      return branches.map((ref) => ref.slice(prefix.length)).toSorted(byBytes)
    },
  }
}

export async function openRepository(git: GitRun, folder: string, url: string, ...args: string[]) {
  await mkdir(folder)
  await git.must(folder, ["init", "--quiet", ...args])
  await git.must(folder, ["remote", "add", "origin", url])
}

export function noSuchCommit(message: string, detail = ""): RepositoryError {
  return new RepositoryError("commit_not_found", message, detail)
}

/** A host that has the commit all the same got it from a fork. */
async function whyNotHeld(git: GitRun, folder: string, commit: string): Promise<RepositoryError> {
  const args = ["fetch", "--quiet", "--depth=1", "--filter=tree:0", "--no-tags", "origin", commit]
  const ended = await git.run(folder, args)
  if (ended.exitCode === 0) {
    if (!(await isCommit(git, folder, commit))) return noSuchCommit(NO_COMMIT)
    const message = "No branch or tag of this repository holds the commit"
    return new RepositoryError("commit_not_in_repository", message)
  }
  const isAnswer = /not our ref|unadvertised object|couldn't find remote ref|no such remote ref/
  if (isAnswer.test(ended.stderr)) return noSuchCommit(NO_COMMIT)
  return readFailure(ended)
}

async function isCommit(git: GitRun, folder: string, hash: string): Promise<boolean> {
  const ended = await git.run(folder, ["cat-file", "-t", hash])
  return ended.stdout.trim() === "commit"
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
