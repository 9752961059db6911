/** One GET over TLS, bounded in time and size, without redirects. */
import { get as getHttp, type IncomingMessage } from "node:http"
import { get as getHttps } from "node:https"

export interface GetOptions {
  readonly timeoutMs: number
  readonly maxBytes: number
  /** PEM of the CA to trust in place of the well-known ones. */
  readonly ca?: string | undefined
}

export interface Fetched {
  readonly body: Buffer
  readonly headers: IncomingMessage["headers"]
}

const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "[::1]"]

/** Rejects what is no 200. Plain HTTP is for loopback alone. */
export async function getBytes(address: string, options: GetOptions): Promise<Fetched> {
  const url = new URL(address)
  const isPlain = url.protocol === "http:" && LOOPBACK.includes(url.hostname)
  if (url.protocol !== "https:" && !isPlain) throw new Error(`not https: ${url.origin}`)
  const { timeoutMs, maxBytes, ca } = options
  const signal = AbortSignal.timeout(timeoutMs)
  return await new Promise<Fetched>((resolve, reject) => {
    const take = (incoming: IncomingMessage) => {
      const { statusCode, headers } = incoming
      if (statusCode !== 200) {
        incoming.resume()
        reject(new Error(`status ${statusCode} of ${url.origin}${url.pathname}`))
        return
      }
      const chunks: Buffer[] = []
      let size = 0
      incoming.on("data", (chunk: Buffer) => {
        size += chunk.length
        chunks.push(chunk)
        if (size > maxBytes) incoming.destroy(new Error(`${url.pathname} is too large`))
      })
      incoming.on("end", () => resolve({ body: Buffer.concat(chunks), headers }))
      incoming.on("error", reject)
    }
    const outgoing = isPlain
      ? getHttp(url, { signal, agent: false }, take)
      : getHttps(url, { signal, agent: false, ...(ca === undefined ? {} : { ca }) }, take)
    outgoing.on("error", reject)
  })
}
