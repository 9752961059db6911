/** What a worker lets guests have of the network. */
import { readFile } from "node:fs/promises"
import { createSecureContext, getCACertificates } from "node:tls"
import { listAddresses } from "./address.ts"
import { type Allow, parseHosts } from "./allow-list.ts"
import { type ClientOptions, createClient } from "./client.ts"
import type { HttpClient } from "./exchange.ts"
import { createResolver } from "./resolve.ts"

export interface HttpOptions extends Partial<Pick<ClientOptions, "resolve" | "limits">> {
  allow: Allow
  /** To be reached though not public. */
  privateAddresses?: readonly string[]
  /** PEM: authorities that are trusted besides the public ones. */
  caFile?: string | undefined
}

export interface Http {
  /** For a request that names its hosts, or `null` for whatever the worker allows. */
  clientFor(hosts: readonly string[] | null): HttpClient
}

/** Rejects where the file of authorities cannot be read. */
export async function openHttp(options: HttpOptions): Promise<Http> {
  const { allow, privateAddresses = [], caFile, resolve = createResolver(), limits } = options
  const own = caFile === undefined ? [] : [await readFile(caFile, "utf8")]
  const secureContext = createSecureContext({
    ca: [...getCACertificates("default"), ...own],
    // Said, since a variable of the environment could change what is not.
    minVersion: "TLSv1.2",
  })
  const isAllowedPrivate = listAddresses(privateAddresses)
  return {
    clientFor(hosts) {
      const named = hosts && parseHosts(hosts)
      return createClient({
        allow: (target, scheme) => allow(target, scheme) && (!named || named(target, scheme)),
        isAllowedPrivate,
        resolve,
        secureContext,
        ...(limits && { limits }),
      })
    },
  }
}
