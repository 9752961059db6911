/** From a host to addresses that may be connected to: asked once, and every answer checked. */
import { Resolver } from "node:dns/promises"
import { isOwnAddress, isPublicAddress } from "./address.ts"
import type { Target } from "./authority.ts"
import { HttpError } from "./error-codes.ts"

/** Gives every address of a name; rejects where there is none. */
export type Resolve = (name: string) => Promise<string[]>

/** Of one try at one server; the whole is within the time for connecting. */
const TRY_MS = 2500
const TRIES = 2
/** What `localhost` is, whatever name servers say (RFC 6761, 6.3): as far as it may be reached. */
const LOOPBACK = ["127.0.0.1", "::1"]

/**
 * Asks the name servers of the machine, or those given, and not its hosts file: what stands there
 * is not for guests. Nor do lookups that are made to be slow take threads from the worker, as those
 * of `dns.lookup` would.
 */
export function createResolver(servers?: readonly string[]): Resolve {
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES })
  if (servers) resolver.setServers(servers)
  return async (name) => {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const addresses = answers.flatMap((one) => (one.status === "fulfilled" ? one.value : []))
    if (addresses.length > 0) return addresses
    throw answers.find((one) => one.status === "rejected")?.reason ?? new Error("no address")
  }
}

/** One answer that must not be reached is enough to refuse all: such a name is up to something. */
export async function resolveTarget(
  { host, isAddress }: Target,
  resolve: Resolve,
  isAllowedPrivate: (address: string) => boolean,
): Promise<string[]> {
  if (host === "localhost" || host.endsWith(".localhost")) {
    const named = LOOPBACK.filter(isAllowedPrivate)
    if (named.length > 0) return named
    throw new HttpError("destination-IP-prohibited")
  }
  const addresses = isAddress ? [host] : await resolve(host).catch(noAddress)
  const isReachable = (address: string) =>
    isAllowedPrivate(address) || (isPublicAddress(address) && !isOwnAddress(address))
  if (addresses.length === 0) throw new HttpError("DNS-error")
  if (!addresses.every(isReachable)) throw new HttpError("destination-IP-prohibited")
  return addresses
}

function noAddress(cause: unknown): never {
  const isLate = cause instanceof Error && "code" in cause && cause.code === "ETIMEOUT"
  throw new HttpError(isLate ? "DNS-timeout" : "DNS-error", { cause })
}
