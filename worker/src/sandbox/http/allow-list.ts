/** Which hosts guests may ask, in an operator's words. */
import { parseAuthority, type Target } from "./authority.ts"
import type { Scheme } from "./exchange.ts"

/** Says whether a request may go there; its addresses are another matter. */
export type Allow = (target: Target, scheme: Scheme) => boolean

/**
 * `host`, `*.suffix` (names below it, not itself) or `*` (any), each with `:port` for another than
 * the scheme's own; `http://` before it for that in place of https. Throws for anything else.
 */
export function parseAllowList(entries: readonly string[]): Allow {
  return anyOf(entries.map(parseEntry))
}

/** What a request says of itself, `host` or `host:port`: it opens nothing that the worker has shut. */
export function parseHosts(hosts: readonly string[]): Allow {
  return anyOf(
    hosts.map((host): Allow => (target, scheme) => {
      const named = parseAuthority(host, scheme)
      return named !== undefined && isSame(named, target)
    }),
  )
}

function parseEntry(entry: string): Allow {
  const [, given, wild, rest = ""] = /^(https?:\/\/)?(\*\.|\*(?=$|:))?(.*)$/.exec(entry) ?? []
  const only: Scheme = given === "http://" ? "http" : "https"
  // `*` alone needs some name for the port to be read.
  const named = parseAuthority(wild === "*" ? `any${rest}` : rest, only)
  if (!named || (wild === "*." && named.isAddress))
    throw new Error(
      `"${entry}" is no host: write example.com, example.com:8443, *.example.com, *, or http://example.com`,
    )
  return (target, scheme) => {
    if (scheme !== only) return false
    if (wild === "*") return target.port === named.port
    if (wild !== "*.") return isSame(named, target)
    return target.port === named.port && !target.isAddress && target.host.endsWith(`.${named.host}`)
  }
}

function isSame(a: Target, b: Target): boolean {
  return a.host === b.host && a.port === b.port
}

function anyOf(list: readonly Allow[]): Allow {
  return (target, scheme) => list.some((allow) => allow(target, scheme))
}
