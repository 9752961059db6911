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

/** An endpoint's error, by the name that nearcore gives it: `UNKNOWN_ACCOUNT`, `TIMEOUT_ERROR`. */
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
  /** Throws for whatever is not a result; `EndpointError` where the endpoint names a cause. */
  ask(method: string, params: object, signal: AbortSignal): Promise<unknown>
}

export function openEndpoint(url: string): Endpoint {
  // Keys may stand in the rest of the address.
  const name = new URL(url).host
  return {
    name,
    async ask(method, params, signal) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: "keystore", method, params }),
        signal,
        redirect: "error",
      })
      const reply = Reply.parse(JSON.parse(await readLimited(response)))
      if (reply.error) throw new EndpointError(name, reply.error.cause?.name ?? "unnamed error")
      return reply.result
    },
  }
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MAX_REPLY_BYTES) throw new Error("the reply is too long")
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}
