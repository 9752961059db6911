/** What a service asks of foreign repositories. */
import { type FetchedSource, fetchSource } from "./fetch-source.ts"
import { readAddress, type RepositoryAddress } from "./repository-address.ts"
import { listReadableFiles } from "./readable-files.ts"
import { RepositoryError } from "./repository-error.ts"
import { type LocatedCommit, locateCommit } from "./locate-commit.ts"
import { resolveCommit } from "./resolve-commit.ts"
import { gitEnvironment, type GitRun, startGit } from "./run-git.ts"

export const DEFAULT_GIT_HOSTS = ["github.com", "gitlab.com", "codeberg.org", "bitbucket.org"]

export interface GitOptions {
  /** Lower-case host names. Nothing is fetched from anywhere else, whoever asks. */
  allowedHosts: readonly string[]
  /** A Git configuration file of the operator's: `insteadOf`, `http.sslCAInfo`, `safe.directory`. */
  configFile?: string | undefined
  /** For a `configFile` that maps addresses to folders of this machine, which lie beside it. */
  allowLocalFolders?: boolean | undefined
  /** Proxies and certificates: all that Git sees of our environment. */
  environment?: Readonly<Record<string, string>> | undefined
  /** Of the files of one commit, and of what is fetched to get them. 256 MiB unless told. */
  maxRepositoryBytes?: number | undefined
  /** For all of one operation. A minute unless told. */
  timeoutMs?: number | undefined
}

/** Methods throw `RepositoryError`, or the signal's reason. */
export interface Git {
  /** The full hash of a branch, a tag, or a short hash; a full hash as it is, unchecked. */
  resolveCommit(repo: string, ref: string, signal: AbortSignal): Promise<string>
  /** What `resolveCommit` gives, and who holds it, as one clone of our own says at one moment. */
  locateCommit(repo: string, ref: string, signal: AbortSignal): Promise<LocatedCommit>
  /** Puts the files of a commit that a branch or tag holds, without `.git`, into a new folder. */
  fetchSource(
    source: { repo: string; commit: string },
    folder: string,
    signal: AbortSignal,
  ): Promise<FetchedSource>
  /** The environment in which other programs' Git keeps to the same rules; its files go to `home`. */
  environment(home: string): Promise<Record<string, string>>
  /** What that Git must be able to read of this machine, besides its own programs. */
  readableFiles(): Promise<string[]>
}

export function createGit(options: GitOptions): Git {
  async function act<Result>(repo: string, signal: AbortSignal, operation: Operation<Result>) {
    const address = readAddress(repo, options.allowedHosts)
    try {
      await using git = await startGit(options, signal)
      return await operation(git, address)
    } catch (error) {
      if (!wantsSuffix(error, address)) throw error
      await using git = await startGit(options, signal)
      return await operation(git, { ...address, url: `${address.url}.git` })
    }
  }

  return {
    resolveCommit: (repo, ref, signal) =>
      act(repo, signal, (git, address) => resolveCommit(git, address, ref)),
    locateCommit: (repo, ref, signal) =>
      act(repo, signal, (git, address) => locateCommit(git, address, ref)),
    fetchSource: ({ repo, commit }, folder, signal) =>
      act(repo, signal, (git, address) => fetchSource(git, address, commit.toLowerCase(), folder)),
    environment: (home) => gitEnvironment(options, home),
    readableFiles: () => listReadableFiles(options),
  }
}

type Operation<Result> = (git: GitRun, address: RepositoryAddress) => Promise<Result>

/** GitLab sends on whoever leaves `.git` away; every other redirect stays refused. */
function wantsSuffix(error: unknown, { url }: RepositoryAddress): boolean {
  const isRedirect = error instanceof RepositoryError && /returned error: 30\d/.test(error.detail)
  return isRedirect && !/\.git$/i.test(url)
}
