/** From the spellings of a repository to the one address that is cloned, if its host is allowed. */
import { repositoryKey } from "@outlayer/protocol/pure"
import { RepositoryError } from "./repository-error.ts"

export interface RepositoryAddress {
  /** Always https; owner and name as they were spelled, for forges where case matters. */
  url: string
  key: string
}

/** Throws `repository_not_found` for what is no address and for a host that is not on the list. */
export function readAddress(repo: string, allowedHosts: readonly string[]): RepositoryAddress {
  const key = repositoryKey(repo)
  if (key === undefined) {
    throw new RepositoryError("repository_not_found", "The repository's address is malformed")
  }
  const [host = ""] = key.split("/")
  if (!allowedHosts.includes(host)) {
    const message = `Repositories may come from ${allowedHosts.join(", ")}`
    throw new RepositoryError("repository_not_found", message)
  }
  const ownerAndName = repo.replace(/\/+$/, "").split(/[/:]/).slice(-2).join("/")
  return { url: `https://${host}/${ownerAndName}`, key }
}
