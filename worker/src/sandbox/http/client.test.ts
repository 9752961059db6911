import type { ServerResponse } from "node:http"
import { buffer } from "node:stream/consumers"
import { setImmediate } from "node:timers/promises"
import { gzipSync } from "node:zlib"
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { expect, test } from "vitest"
import { describeNetwork, outcomeOf, readAll, request } from "./client.fixture.ts"
import type { HttpRequest } from "./exchange.ts"

const { signal } = new AbortController()

describeNetwork(({ network, openClient }) => {
  test("a request arrives as it was written, and the answer comes back", async () => {
    const port = await network().serve((incoming, response) => {
      const { method, url, rawHeaders } = incoming
      response.writeHead(201, "Made", ["x-a", "1", "X-A", "2", "set-cookie", "id=1"])
      void buffer(incoming).then((body) =>
        response.end(JSON.stringify({ method, url, rawHeaders, body: body.toString() })),
      )
    })
    const client = await openClient([`*.lab.test:${port}`])
    const headers = [
      ["x-b", "\xe4"],
      ["content-length", "5"],
    ] as const
    const rest = { method: "PUT", path: "/a/b?c=%20", headers, body: Buffer.from("bytes") }

    const answer = await client.exchange(request(`api.lab.test:${port}`, rest), signal)

    expect(answer).toMatchObject({ kind: "response", status: 201 })
    const given = answer.kind === "response" ? answer.headers : []
    expect(given.slice(0, 3)).toEqual([
      ["x-a", "1"],
      ["x-a", "2"],
      ["set-cookie", "id=1"],
    ])
    expect(given.map(([name]) => name).slice(3)).toEqual(["date"])
    const { body, ending } = await readAll(answer)
    expect(ending).toEqual({ kind: "end", trailers: [] })
    expect(JSON.parse(body.toString())).toEqual({
      method: "PUT",
      url: "/a/b?c=%20",
      rawHeaders: [
        ["host", `api.lab.test:${port}`],
        ["connection", "close"],
        ["user-agent", "near-outlayer"],
        ["x-b", "\xe4"],
        ["content-length", "5"],
      ].flat(),
      body: "bytes",
    })
  })

  test("nothing is kept for the next request: no connection, no cookie", async () => {
    const seen: unknown[] = []
    const ports: unknown[] = []
    const port = await network().serve((incoming, response) => {
      seen.push(incoming.rawHeaders)
      ports.push(incoming.socket.remotePort)
      response.writeHead(200, { "set-cookie": "id=1", connection: "keep-alive" }).end()
    })
    const client = await openClient([`*:${port}`])
    const headers = [["user-agent", "mine"]] as const

    for (const _ of [1, 2])
      await outcomeOf(client.exchange(request(`a.lab.test:${port}`, { headers }), signal))

    const expected = ["host", `a.lab.test:${port}`, "connection", "close", "user-agent", "mine"]
    expect(seen).toEqual([expected, expected])
    expect(new Set(ports).size).toBe(2)
  })

  test("a redirect is the guest's to follow", async () => {
    const asked: unknown[] = []
    const port = await network().serve(({ url }, response) => {
      asked.push(url)
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end()
    })
    const client = await openClient([`*:${port}`, "http://*"])

    const answer = await client.exchange(request(`a.lab.test:${port}`), signal)
    const followed = request("169.254.169.254", { scheme: "http", path: "/latest/meta-data" })

    expect(answer).toMatchObject({ kind: "response", status: 302 })
    expect(await outcomeOf(client.exchange(followed, signal))).toBe("destination-IP-prohibited")
    expect(asked).toEqual(["/"])
  })

  test("what is compressed stays so: a bomb weighs what it weighed on the way", async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000))
    const port = await network().serve((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb)
    })
    const client = await openClient([`*:${port}`])

    const answer = await client.exchange(request(`a.lab.test:${port}`), signal)

    expect((await readAll(answer)).body).toEqual(bomb)
  })

  test("pieces are full but for the last, however the network cuts them", async () => {
    const dribble = async (response: ServerResponse) => {
      for (let at = 0; at < 70; at += 1) {
        response.write(Buffer.alloc(1000, at))
        await setImmediate()
      }
      response.end()
    }
    const port = await network().serve((_, response) => void dribble(response))
    const client = await openClient([`*:${port}`])

    const answer = await client.exchange(request(`a.lab.test:${port}`), signal)

    const { pieces, ending } = await readAll(answer)
    expect(pieces.map(({ length }) => length)).toEqual([32_768, 32_768, 4464])
    expect(ending).toEqual({ kind: "end", trailers: [] })
  })

  test("trailers come with the end", async () => {
    const port = await network().serve((_, response) => {
      response.writeHead(200, { trailer: "x-end" })
      response.write("body")
      response.addTrailers({ "x-end": "1" })
      response.end()
    })
    const client = await openClient([`*:${port}`])

    const answer = await client.exchange(request(`a.lab.test:${port}`), signal)

    expect(answer).not.toMatchObject({ headers: [["trailer", "x-end"]] })
    expect((await readAll(answer)).ending).toEqual({ kind: "end", trailers: [["x-end", "1"]] })
  })

  test("an answer without a body has none", async () => {
    const port = await network().serve((_, response) => {
      response.writeHead(200, { "content-length": "5" }).end()
    })
    const client = await openClient([`*:${port}`])

    const answer = await client.exchange(request(`a.lab.test:${port}`, { method: "HEAD" }), signal)

    expect(answer).toMatchObject({ headers: expect.arrayContaining([["content-length", "5"]]) })
    expect(await readAll(answer)).toMatchObject({ pieces: [], ending: { kind: "end" } })
  })

  test.each<[string, Partial<HttpRequest>]>([
    ["HTTP-request-method-invalid", { method: "GET / HTTP/1.1\r\nX: y\r\n\r\nGET" }],
    ["HTTP-request-method-invalid", { method: "CONNECT" }],
    ["HTTP-request-method-invalid", { method: "trace" }],
    ["HTTP-request-method-invalid", { method: "" }],
    ["HTTP-request-URI-invalid", { path: "/ HTTP/1.1\r\nHost: b\r\n\r\nGET /" }],
    ["HTTP-request-URI-invalid", { path: "/a b" }],
    ["HTTP-request-URI-invalid", { path: "/a\0" }],
    ["HTTP-request-URI-invalid", { path: "/ä" }],
    ["HTTP-request-URI-invalid", { path: "/a#b" }],
    ["HTTP-request-URI-invalid", { path: "*" }],
    ["HTTP-request-URI-invalid", { path: "http://127.0.0.1/" }],
    ["HTTP-request-URI-invalid", { path: "@evil.com/" }],
    ["HTTP-request-URI-too-long", { path: `/${"a".repeat(HTTP_LIMITS.pathBytes)}` }],
    ["HTTP-request-URI-invalid", { authority: "a.lab.test@b.lab.test" }],
    ["HTTP-request-URI-invalid", { authority: "a.lab.test\r\nX: y" }],
    ["HTTP-request-denied", { headers: [["x", "a\r\nhost: b"]] }],
    ["HTTP-request-denied", { headers: [["x", "a\nb"]] }],
    ["HTTP-request-denied", { headers: [["x", "a\0"]] }],
    ["HTTP-request-denied", { headers: [["x", "Ā"]] }],
    ["HTTP-request-denied", { headers: [["x: y\r\nz", "a"]] }],
    ["HTTP-request-denied", { headers: [["x ", "a"]] }],
    ["HTTP-request-denied", { headers: [["", "a"]] }],
    ["HTTP-request-denied", { headers: [["Transfer-Encoding", "chunked"]] }],
    ["HTTP-request-denied", { headers: [["transfer-encoding", "chunked"]] }],
    ["HTTP-request-denied", { headers: [["host", "b.lab.test"]] }],
    ["HTTP-request-denied", { headers: [["connection", "keep-alive"]] }],
    ["HTTP-request-denied", { headers: [["upgrade", "websocket"]] }],
    ["HTTP-request-denied", { headers: [["proxy-authorization", "x"]] }],
    ["HTTP-request-body-size", { headers: [["content-length", "5"]] }],
    ["HTTP-request-body-size", { headers: [["content-length", "+0"]] }],
    ["HTTP-request-header-section-size", { headers: [["x", "a".repeat(16_384)]] }],
    ["HTTP-request-body-size", { body: Buffer.alloc(HTTP_LIMITS.requestBodyBytes + 1) }],
  ])("%s, and sent to nobody", async (code, wrong) => {
    let connections = 0
    const port = await network().serveRaw(() => (connections += 1))
    const client = await openClient([`*:${port}`])

    const answer = client.exchange(request(`a.lab.test:${port}`, wrong), signal)

    expect(await outcomeOf(answer)).toBe(code)
    expect(connections).toBe(0)
  })
})
