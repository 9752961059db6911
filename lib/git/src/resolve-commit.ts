/** A branch, a tag or a short hash becomes the full hash that task, receipt and cache key carry. */
import { commitKind } from "@outlayer/protocol/pure"
import { fetchHistory, noSuchCommit } from "./history.ts"
import type { RepositoryAddress } from "./repository-address.ts"
import type { GitRun } from "./run-git.ts"

/** A branch comes before a tag of its name, and either before a short hash, as on the forges. */
export async function resolveCommit(
  git: GitRun,
  { url }: RepositoryAddress,
  ref: string,
): Promise<string> {
  const kind = commitKind(ref)
  if (kind === "full") return ref.toLowerCase()
  if (kind === undefined) throw noSuchCommit("The commit is no hash and no name of a branch or tag")
  const tip = await findTip(git, url, ref)
  if (tip !== undefined) return tip
  if (kind === "name") throw noSuchCommit(`No branch or tag ${ref}`)
  const history = await fetchHistory(git, url)
  return await history.expand(ref.toLowerCase())
}

async function findTip(git: GitRun, url: string, ref: string): Promise<string | undefined> {
  const tag = `refs/tags/${ref}`
  // Of an annotated tag, the commit that it names.
  const names = ref.startsWith("refs/")
    ? [`${ref}^{}`, ref]
    : [`refs/heads/${ref}`, `${tag}^{}`, tag]
  const listing = await git.must(git.folder, ["ls-remote", "--quiet", "--", url, ...names])
  // Git matches a pattern against the end of a name: only the exact one counts.
  const commitByName = new Map(
    listing.split("\n").map((line) => {
      const [commit = "", name = ""] = line.split("\t")
      return [name, commit] as const
    }),
  )
  return names.map((name) => commitByName.get(name)).find((commit) => commit !== undefined)
}
