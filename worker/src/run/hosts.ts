/** The network of a developer's own guest: what he names, and nothing else. */
import { lookup } from "node:dns/promises"
import { parseAllowList } from "../sandbox/http/allow-list.ts"
import { parseAuthority } from "../sandbox/http/authority.ts"
import type { HttpClient } from "../sandbox/http/exchange.ts"
import { openHttp } from "../sandbox/http/http.ts"

/** `undefined` where there is no host to ask. Private addresses of hosts that are named are no secret. */
export async function openHosts(hosts: readonly string[]): Promise<HttpClient | undefined> {
  if (hosts.length === 0) return undefined
  const addresses = await Promise.all(hosts.map(addressesOf))
  const http = await openHttp({
    allow: parseAllowList(hosts.flatMap((host) => [host, `http://${host}`])),
    privateAddresses: addresses.flat(),
    resolve: lookUp,
  })
  return http.clientFor(null)
}

/** One that cannot be resolved now is the guest's to find out. */
async function addressesOf(authority: string): Promise<string[]> {
  const { host = "" } = parseAuthority(authority, "https") ?? {}
  return lookUp(host).catch(() => [])
}

/** As any other program of the developer's does it, with the machine's hosts file. */
async function lookUp(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true })
  return found.map(({ address }) => address)
}
