import { once } from "node:events"
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, test } from "vitest"
import { openFetchGate } from "./fetch-gate.ts"

test.for([
  "evil.example:443",
  "allowed.example:80",
  "allowed.example.evil:443",
  "127.0.0.1:443",
  "",
])("the way to %j is shut", async (authority) => {
  await using gate = await openFetchGate(new Set(["allowed.example"]), undefined)

  expect(await ask(gate.url, authority)).toBe(403)
})

test("plain requests are refused", async () => {
  await using gate = await openFetchGate(new Set(["allowed.example"]), undefined)

  expect((await fetch(gate.url)).status).toBe(403)
})

test("a listed host is reached, through the operator's proxy where there is one", async () => {
  await using upstream = await startProxy()
  await using gate = await openFetchGate(new Set(["allowed.example"]), upstream.url)

  expect(await ask(gate.url, "allowed.example:443")).toBe(200)
  expect(upstream.asked).toEqual(["allowed.example:443 Basic dXNlcjpwYXNz"])
})

test("a gate that is closed leaves nobody waiting", async () => {
  await using upstream = await startProxy()
  const gate = await openFetchGate(new Set(["allowed.example"]), upstream.url)
  await ask(gate.url, "allowed.example:443")

  await gate[Symbol.asyncDispose]()

  await expect(fetch(gate.url)).rejects.toThrow("fetch failed")
})

async function ask(gate: string, authority: string): Promise<number | undefined> {
  const asking = request(gate, { method: "CONNECT", path: authority })
  asking.end()
  const [answer, socket] = (await once(asking, "connect")) as [
    { statusCode?: number },
    { destroy(): void },
  ]
  socket.destroy()
  return answer.statusCode
}

async function startProxy() {
  const asked: string[] = []
  const server = createServer()
  server.on("connect", ({ url, headers }, socket) => {
    asked.push(`${url} ${headers["proxy-authorization"]}`)
    socket.write("HTTP/1.1 200 OK\r\n\r\n")
    socket.on("error", () => {})
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://user:pass@127.0.0.1:${port}`, asked, [Symbol.asyncDispose]: close }
}
