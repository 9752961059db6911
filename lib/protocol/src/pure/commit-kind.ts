/** What a request's `commit` is, told from its spelling alone. */
import { LIMITS } from "./constants.ts"

/**
 * `full`: a whole hash, used as it is. `short`: may abbreviate a hash, but a branch or tag of that
 * name comes first, as in Git. `name`: a branch or tag.
 */
export type CommitKind = "full" | "short" | "name"

// git-check-ref-format(1); the dash, since Git would read an option.
const FORBIDDEN = /^[-/.]|[/.]$|\/\/|\/\.|\.\.|\.lock(?:\/|$)|@\{|[\0-\x20\x7f~^:?*[\\]/

/** Undefined: nothing that Git could name so. */
export function commitKind(commit: string): CommitKind | undefined {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(commit)) return "full"
  if (/^[0-9a-f]{4,39}$/i.test(commit)) return "short"
  const isName = commit !== "" && commit !== "@" && commit.length <= LIMITS.commitBytes
  return isName && !FORBIDDEN.test(commit) ? "name" : undefined
}
