/** One RPC endpoint, asked in plain JSON-RPC: what it says counts only together with others. */
import { z } from "zod"

/** Of a view's result, many times over: a contract returns at most 4 MiB, ours some KiB. */
const MAX_REPLY_BYTES = 2 * 1024 * 1024

const Reply = z.object({
  result: z.unknown().optional(),
  error: z
    .object({ cause: z.object({ name: z.string() }).optional(), message: z.string().optional() })
    .optional(),
})

/**
 * An endpoint's error, by the name that nearcore gives it: `UNKNOWN_ACCOUNT`, `TIMEOUT_ERROR`. One is
 * ours: `REPLY_TOO_LONG`.
 */
export class EndpointError extends Error {
  readonly causeName: string

  constructor(endpoint: string, cause: string) {
    super(`${endpoint}: ${cause}`)
    this.causeName = cause
  }
}

export interface Endpoint {
  /** Fit for logs. */
  readonly name: string
  /**
   * Reads no more of the reply than `maxBytes`. Throws for whatever is not a result; `EndpointError`
   * where there is a cause with a name.
   */
  ask(method: string, params: object, signal: AbortSignal, maxBytes?: number): Promise<unknown>
}

export function openEndpoint(url: string): Endpoint {
  // Keys may stand in the rest of the address.
  const name = new URL(url).host
  return {
    name,
    async ask(method, params, signal, maxBytes = MAX_REPLY_BYTES) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: "keystore", method, params }),
        signal,
        redirect: "error",
      })
      const text = await readLimited(response, maxBytes)
      if (text === undefined) throw new EndpointError(name, "REPLY_TOO_LONG")
      const reply = Reply.parse(JSON.parse(text))
      if (reply.error) throw new EndpointError(name, reply.error.cause?.name ?? "unnamed error")
      return reply.result
    },
  }
}

/** Undefined for what is longer: the rest is not waited for. */
async function readLimited(response: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}
