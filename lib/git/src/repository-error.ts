/** Why a repository or a commit cannot be had; each is a failure code of a request. */

export type RepositoryErrorCode =
  | "repository_not_found"
  | "repository_unreachable"
  | "repository_too_large"
  | "commit_not_found"
  | "commit_not_in_repository"

/** Its message is ours, short, and may be shown to anybody; what git said is in `detail`. */
export class RepositoryError extends Error {
  override readonly name = "RepositoryError"
  readonly code: RepositoryErrorCode
  /** For the operator's log alone. */
  readonly detail: string

  constructor(code: RepositoryErrorCode, message: string, detail = "") {
    super(message)
    this.code = code
    this.detail = detail
  }
}
