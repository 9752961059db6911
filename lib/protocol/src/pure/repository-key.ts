/** One key per repository, however its address is spelt. */
import { LIMITS } from "./constants.ts"

// A host has a dot, so that `owner/name` never passes for one; no port, user or percent sign.
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
// A leading dash would be an option on somebody's command line.
const OWNER = /^[a-z0-9_][a-z0-9._-]*$/
/** GitHub's owners have no dot: `github.com/name` is an address cut short, not an owner. */
const GITHUB_OWNER = /^[a-z0-9][a-z0-9-]*$/
const NAME = /^[a-z0-9._][a-z0-9._-]*$/

/**
 * `host/owner/name` in lower case, for `https://`, `ssh://`, `git@host:owner/name`,
 * `host/owner/name` and `owner/name` (GitHub), with or without `.git` and trailing slashes.
 * Undefined for anything else: other schemes, credentials, ports, queries, deeper paths.
 * A key is its own key.
 */
export function repositoryKey(address: string): string | undefined {
  // Before lower-casing: U+212A (the Kelvin sign) would become a plain k.
  if (address.length > LIMITS.repositoryBytes || !/^[!-~]+$/.test(address)) return undefined
  const path = stripScheme(address.toLowerCase())
    .replace(/\/+$/, "")
    .replace(/(?:\.git)+$/, "")
  const parts = path.split("/")
  if (parts.length === 2 && !hasScheme(address)) {
    const [owner = "", name = ""] = parts
    return GITHUB_OWNER.test(owner) && isName(name) ? `github.com/${path}` : undefined
  }
  const [host = "", owner = "", name = ""] = parts
  const isWhole = parts.length === 3 && HOST.test(host) && OWNER.test(owner) && isName(name)
  return isWhole ? path : undefined
}

function hasScheme(address: string): boolean {
  return /^(?:https:\/\/|ssh:\/\/|git@)/i.test(address)
}

function stripScheme(address: string): string {
  const scp = /^git@([^:/]+):(?!\/)(.*)$/.exec(address)
  if (scp) return `${scp[1]}/${scp[2]}`
  return address.replace(/^(?:https:\/\/|ssh:\/\/(?:git@)?)/, "")
}

function isName(name: string): boolean {
  return NAME.test(name) && name !== "." && name !== ".."
}
