/** Reads where a request shall go. Whatever could be read in two ways is not read at all. */
import type { Scheme } from "./exchange.ts"

export interface Target {
  /** A name in lower case without a trailing dot, or an address without brackets. */
  host: string
  port: number
  isAddress: boolean
}

const PORTS = { http: 80, https: 443 } as const
const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*\\.?$`)
const MAX_NAME = 253
/** A name, its trailing dot, a colon and a port. */
const MAX_AUTHORITY = MAX_NAME + 7

/** Loaded when asked: with node:net come streams, and a guest's process is up 4 ms later. */
const isIP = (text: string) => process.getBuiltinModule("node:net").isIP(text)

/** `host`, `host:port`, `[IPv6]` or `[IPv6]:port`; `undefined` for all else. */
export function parseAuthority(authority: string, scheme: Scheme): Target | undefined {
  if (authority.length > MAX_AUTHORITY) return undefined
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::([1-9]\d{0,4}))?$/i.exec(authority)
  if (!match) return undefined
  const [, written = "", digits = String(PORTS[scheme])] = match
  const port = Number(digits)
  if (port > 65_535) return undefined
  const host = written.toLowerCase()
  if (host.startsWith("[")) {
    if (isIP(host.slice(1, -1)) !== 6) return undefined
    // In the one of its many spellings that a list of hosts has too.
    const address = new URL(`http://${host}/`).hostname.slice(1, -1)
    return { host: address, port, isAddress: true }
  }
  if (isIP(host) === 4) return { host, port, isAddress: true }
  if (!NAME.test(host)) return undefined
  const name = host.replace(/\.$/, "")
  return name.length > MAX_NAME || looksLikeNumber(name)
    ? undefined
    : { host: name, port, isAddress: false }
}

/** As it stands in a request; the port only where it is not the scheme's own. */
export function writeAuthority({ host, port }: Target, scheme: Scheme): string {
  const name = isIP(host) === 6 ? `[${host}]` : host
  return port === PORTS[scheme] ? name : `${name}:${port}`
}

/** `127.1`, `0x7f000001`: to some resolvers an address, so it is no name (WHATWG URL, 3.5). */
function looksLikeNumber(name: string): boolean {
  return /^(?:\d+|0x[0-9a-f]*)$/.test(name.slice(name.lastIndexOf(".") + 1))
}
