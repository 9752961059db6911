import { createServer } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { expect, test } from "vitest"
import { PollTask } from "./tasks.ts"
import { callRoute } from "./route.ts"

test("a reply without a body is null, and a query travels by its wire form", async () => {
  const asked: string[] = []
  await using server = await serve((url) => {
    asked.push(url)
    return { status: 204 }
  })

  const query = {
    timeout: 0,
    capabilities: ["compile" as const, "execute" as const],
    worker_id: "w",
  }
  const reply = await callRoute(PollTask, { query }, { baseUrl: server.url })

  expect(reply).toBeNull()
  expect(asked).toEqual(["/tasks/poll?timeout=0&capabilities=compile%2Cexecute&worker_id=w"])
})

test("an answer that is not ours becomes an internal error", async () => {
  await using server = await serve(() => ({ status: 502, body: "<html>" }))

  const query = { timeout: 0, capabilities: ["compile" as const], worker_id: "w" }
  const call = callRoute(PollTask, { query }, { baseUrl: server.url })

  await expect(call).rejects.toMatchObject({ code: "internal", retryable: true })
})

async function serve(answer: (url: string) => { status: number; body?: string }) {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url ?? "")
    response.writeHead(status).end(body)
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
