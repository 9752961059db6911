/** Which endpoints are asked together, and how many of them must say the same to be believed. */
import { z } from "zod"
import { list } from "./config.ts"

export const quorumVariables = {
  NEAR_RPC_URLS: list
    .pipe(z.array(z.url()).min(1))
    .describe("Endpoints of different operators; they may hold API keys, logs show the hosts"),
  NEAR_RPC_QUORUM: z.coerce
    .number()
    .int()
    .positive()
    .describe("How many of them must agree; more than half"),
}

/** `isReal`: secrets are, so no endpoint alone is believed. Absent endpoints are the schema's matter. */
export function checkQuorum(given: NodeJS.ProcessEnv, { isReal }: { isReal: boolean }): string[] {
  const { NEAR_RPC_URLS: text, NEAR_RPC_QUORUM: agreeing = "1" } = given
  const problems: string[] = []
  const quorum = Number(agreeing)
  if (text !== undefined) {
    const urls = list.parse(text)
    if (new Set(urls).size < urls.length) problems.push("NEAR_RPC_URLS names an endpoint twice")
    if (quorum > urls.length || quorum * 2 <= urls.length) {
      problems.push(`NEAR_RPC_QUORUM must be more than half of ${urls.length}, and no more`)
    }
  }
  if (isReal && (text === undefined || quorum < 2)) {
    problems.push("NEAR_RPC_URLS are needed, and a NEAR_RPC_QUORUM of at least 2")
  }
  if (isReal && text !== undefined) problems.push(...checkHosts(list.parse(text)))
  return problems
}

/** Another port, path or key is the same operator's, and without TLS whoever is on the way answers. */
function checkHosts(texts: readonly string[]): string[] {
  // What is no address at all is the schema's matter.
  const urls = texts.map((text) => URL.parse(text)).filter((url) => url !== null)
  const hosts = new Set(urls.map(({ hostname }) => hostname.replace(/\.$/, "")))
  const problems: string[] = []
  if (urls.some(({ protocol }) => protocol !== "https:")) {
    problems.push("NEAR_RPC_URLS must be https")
  }
  if (hosts.size < urls.length) problems.push("NEAR_RPC_URLS names a host twice")
  return problems
}
