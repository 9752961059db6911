/** Foreign repositories, fetched without running, trusting or asking anything. */
export type { FetchedSource } from "./fetch-source.ts"
export type { LocatedCommit } from "./locate-commit.ts"
export { createGit, DEFAULT_GIT_HOSTS, type Git, type GitOptions } from "./git.ts"
export { pickNetworkVariables } from "./network-variables.ts"
export { RepositoryError, type RepositoryErrorCode } from "./repository-error.ts"
