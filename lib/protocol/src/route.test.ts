import { createServer } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { expect, test } from "vitest"
import { AccountId } from "./near.ts"
import { GetCursor } from "./workers.ts"
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

test("a reply of another form is an internal error too, not one that nobody knows", async () => {
  for (const body of ["{}", "<html>"]) {
    await using server = await serve(() => ({ status: 200, body }))
    const call = callRoute(GetCursor, CURSOR, { baseUrl: server.url })
    await expect(call).rejects.toMatchObject({ code: "internal", retryable: true })
  }
})

test("an answer without end is not taken in, whatever its status", async () => {
  for (const status of [200, 500]) {
    let sent = 0
    const endless = new Readable({
      read() {
        sent += PIECE.length
        this.push(PIECE)
      },
    })
    await using server = await serve(() => ({ status, body: endless }))

    const call = callRoute(GetCursor, CURSOR, { baseUrl: server.url })

    await expect(call).rejects.toMatchObject({ code: "internal" })
    expect(sent).toBeLessThan(128 * PIECE.length)
  }
})

const CURSOR = { query: { contract_id: AccountId.parse("outlayer.near") } }
const PIECE = Buffer.alloc(1024 * 1024, " ")

async function serve(answer: (url: string) => { status: number; body?: string | Readable }) {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url ?? "")
    response.writeHead(status)
    // Who calls may hang up before the end.
    if (body instanceof Readable) pipeline(body, response).catch(() => {})
    else response.end(body)
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
