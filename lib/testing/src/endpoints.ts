/** Endpoints in front of one chain, each of which can be made to lie, to lag or to fall silent. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

interface Asked {
  method: string
  params: Record<string, unknown>
}

/** Gets the chain's reply and gives what is said instead. Throwing hangs up. */
export type Lie = (asked: Asked, reply: { result?: unknown; error?: unknown }) => unknown

export interface TestEndpoint extends AsyncDisposable {
  url: string
  lie: Lie | undefined
  /** How many requests it got. */
  asked: number
}

export async function startEndpoint(chainUrl: string): Promise<TestEndpoint> {
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks)
      endpoint.asked += 1
      const reply = await fetch(chainUrl, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      })
      const truth = (await reply.json()) as { result?: unknown; error?: unknown }
      const said = endpoint.lie?.(JSON.parse(body.toString()) as Asked, truth) ?? truth
      response.setHeader("content-type", "application/json").end(JSON.stringify(said))
    })().catch(() => response.destroy())
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const endpoint: TestEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lie: undefined,
    asked: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
  return endpoint
}

/** Changes the JSON that a view method of a contract returns. */
export function lieAboutView(name: string, change: (value: unknown) => unknown): Lie {
  return ({ method, params }, reply) => {
    if (method !== "query" || params["method_name"] !== name) return undefined
    const { result } = reply.result as { result: number[] }
    const value: unknown = JSON.parse(Buffer.from(result).toString() || "null")
    const changed = [...Buffer.from(JSON.stringify(change(value)))]
    return { ...reply, result: { ...(reply.result as object), result: changed } }
  }
}
