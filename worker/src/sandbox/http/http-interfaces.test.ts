/** `wasi:http` as a component's glue calls it, over a worker whose answers are written down. */
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { expect, test } from "vitest"
import { createHost } from "../wasi/preview2/host.fixture.ts"
import { createPreview2 } from "../wasi/preview2/preview2.guest.ts"
import { type HttpAnswer, readEnvelope, writeEnvelope } from "./channel.ts"
import { GuestHttp } from "./guest-http.guest.ts"

type Scripted = HttpAnswer | { bytes: string }
const SENT: HttpAnswer = { kind: "sent" }
const HEAD: HttpAnswer = { kind: "head", status: 201, headers: [["x-a", "\xe4"]] }
const END: HttpAnswer = { kind: "end", trailers: [] }
const DROPPED: HttpAnswer = { kind: "dropped" }

test("a request goes out whole, and its answer comes in", () => {
  const { http, asked, handle, ask } = open([SENT, HEAD, { bytes: "hello" }, END])
  const request = newRequest(http, [["X-Ask", "1"]])
  request.setMethod({ tag: "put" })
  request.setScheme({ tag: "HTTP" })
  request.setAuthority("a.test:8080")
  request.setPathWithQuery("?q=1")
  const options = new http.RequestOptions()
  options.setConnectTimeout(1_500_001n)
  const body = request.body()

  const future = handle(request, options)
  const pollable = future.subscribe()
  expect([pollable.ready(), future.get()]).toEqual([false, undefined])
  expect(asked).toEqual([])
  body.write().blockingWriteAndFlush(Buffer.from("body"))
  http.OutgoingBody.finish(body, undefined)

  expect(asked).toEqual([
    {
      ask: "send",
      method: "PUT",
      scheme: "http",
      authority: "a.test:8080",
      path: "/?q=1",
      headers: [["x-ask", "1"]],
      timeouts: { connectMs: 2 },
      body: "body",
    },
  ])
  expect(pollable.ready()).toBe(true)
  const response = ask(future)
  expect(future.get()).toEqual({ tag: "err", val: undefined })
  expect(response.status()).toBe(201)
  expect(response.headers().entries()).toEqual([["x-a", Buffer.from([0xe4])]])
  const incoming = response.consume()
  const stream = incoming.stream()
  expect(Buffer.from(stream.blockingRead(3n)).toString()).toBe("hel")
  expect(Buffer.from(stream.blockingRead(100n)).toString()).toBe("lo")
  expect(thrown(() => stream.blockingRead(1n))).toEqual({ tag: "closed" })
  expect(thrown(() => response.consume())).toBeUndefined()
  expect(thrown(() => incoming.stream())).toBeUndefined()
})

test("a request without a body of its own goes at once, to where https leads", () => {
  const { http, asked, handle } = open([SENT])
  const request = newRequest(http)
  request.setAuthority("a.test")

  handle(request)

  expect(asked).toMatchObject([{ method: "GET", scheme: "https", path: "/", body: "" }])
})

test("what is no request fails at once", () => {
  const { http, handle } = open([])
  const attempt = (change: (request: ReturnType<typeof newRequest>) => void) => {
    const request = newRequest(http)
    request.setAuthority("a.test")
    change(request)
    return thrown(() => handle(request))
  }

  expect(attempt((request) => request.setAuthority(undefined))).toMatchObject({
    tag: "HTTP-request-URI-invalid",
  })
  expect(attempt((request) => request.setScheme({ tag: "other", val: "ftp" }))).toMatchObject({
    tag: "HTTP-request-URI-invalid",
  })
  expect(attempt((request) => request.setMethod({ tag: "connect" }))).toMatchObject({
    tag: "HTTP-request-method-invalid",
  })
  const long = `/${"a".repeat(HTTP_LIMITS.pathBytes)}`
  expect(attempt((request) => (request.setPathWithQuery(long), request.body()))).toMatchObject({
    tag: "HTTP-request-URI-too-long",
  })
})

test("parts that are malformed are not taken", () => {
  const { http } = open([])
  const request = newRequest(http)

  expect(() => request.setMethod({ tag: "other", val: "A B" })).toThrow("failed")
  expect(() => request.setPathWithQuery("/a b")).toThrow("failed")
  expect(() => request.setPathWithQuery("a")).toThrow("failed")
  expect(() => request.setAuthority("user@a.test")).toThrow("failed")
  expect(() => request.setScheme({ tag: "other", val: "a:b" })).toThrow("failed")
  request.setMethod({ tag: "other", val: "PROPFIND" })
  expect(request.method()).toEqual({ tag: "other", val: "PROPFIND" })
  expect([request.pathWithQuery(), request.authority(), request.scheme()]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test("headers keep their order, and are checked, and fixed where they are another's", () => {
  const { http } = open([])
  const bytes = (text: string) => Buffer.from(text)
  const fields = http.Fields.fromList([["A", bytes("1")]])
  fields.append("b", bytes("2"))
  fields.append("a", bytes("3"))

  expect(fields.get("a")).toEqual([bytes("1"), bytes("3")])
  expect([fields.has("B"), fields.has("c"), fields.has("no name")]).toEqual([true, false, false])
  fields.set("B", [])
  fields.delete("none")
  expect(fields.entries()).toEqual([
    ["A", bytes("1")],
    ["a", bytes("3")],
  ])
  const invalid = { tag: "invalid-syntax" }
  expect(thrown(() => fields.append("a b", bytes("")))).toEqual(invalid)
  expect(thrown(() => fields.append("a", bytes("x\r\ny")))).toEqual(invalid)
  expect(thrown(() => fields.set("a", [bytes("\0")]))).toEqual(invalid)
  expect(thrown(() => fields.delete("a\n"))).toEqual(invalid)
  for (const name of ["Host", "connection", "Transfer-Encoding", "proxy-authorization"])
    expect(thrown(() => fields.append(name, bytes("x")))).toEqual({ tag: "forbidden" })
  expect(thrown(() => http.Fields.fromList([["te", bytes("")]]))).toEqual({ tag: "forbidden" })

  const request = new http.OutgoingRequest(fields)
  const fixed = request.headers()
  const immutable = { tag: "immutable" }
  expect(thrown(() => fixed.append("c", bytes("")))).toEqual(immutable)
  expect(thrown(() => fixed.set("c", []))).toEqual(immutable)
  expect(thrown(() => fixed.delete("a"))).toEqual(immutable)
  const own = fixed.clone()
  own.append("c", bytes(""))
  expect(fixed.has("c")).toBe(false)
})

test("a body is as long as was said, or is none", () => {
  const { http, handle, asked } = open([SENT])
  const begin = (length: string) => {
    const request = newRequest(http, [["content-length", length]])
    request.setAuthority("a.test")
    const body = request.body()
    handle(request)
    body.write().blockingWriteAndFlush(Buffer.from("four"))
    return body
  }

  expect(thrown(() => http.OutgoingBody.finish(begin("5"), undefined))).toEqual({
    tag: "HTTP-request-body-size",
    val: 4n,
  })
  http.OutgoingBody.finish(begin("4"), undefined)
  expect(asked).toMatchObject([{ body: "four" }])
})

test("trailers cannot be sent, a body cannot be endless, nor taken twice", () => {
  const { http } = open([])
  const trailers = http.Fields.fromList([["x", Buffer.from("")]])
  expect(thrown(() => http.OutgoingBody.finish(newRequest(http).body(), trailers))).toEqual({
    tag: "HTTP-request-trailer-section-size",
    val: 0,
  })
  const request = newRequest(http)
  const body = request.body()
  expect(() => request.body()).toThrow("failed")
  const stream = body.write()
  expect(() => body.write()).toThrow("failed")
  const mebibyte = Buffer.alloc(65_536)
  for (let count = 0; count < 16; count += 1) stream.write(mebibyte)

  const failure = thrown(() => stream.write(mebibyte))

  expect(failure).toMatchObject({ tag: "last-operation-failed" })
  expect(http.httpErrorCode((failure as { val: object }).val)).toMatchObject({
    tag: "HTTP-request-body-size",
  })
})

test("a body that is dropped breaks its request, and who waits for himself is told", () => {
  const { http, handle } = open([])
  const begin = () => {
    const request = newRequest(http)
    request.setAuthority("a.test")
    const body = request.body()
    return { body, future: handle(request) }
  }
  const dropped = begin()
  const waiting = begin()

  dropped.body[Symbol.dispose]()
  waiting.future.subscribe().block()

  expect(dropped.future.get()).toMatchObject({ val: { val: { tag: "HTTP-protocol-error" } } })
  expect(waiting.future.get()).toMatchObject({ val: { val: { tag: "connection-read-timeout" } } })
})

test("what nobody wants an answer to any more is not sent", () => {
  const { http, handle, asked } = open([])
  const request = newRequest(http)
  request.setAuthority("a.test")
  const body = request.body()

  handle(request)[Symbol.dispose]()
  http.OutgoingBody.finish(body, undefined)

  expect(asked).toEqual([])
})

test("who waits for an answer and for time has the answer first, and time stands still", () => {
  const { host, interfaces, http, handle } = open([SENT])
  const request = newRequest(http)
  request.setAuthority("a.test")
  const body = request.body()
  const future = handle(request)
  const poll = interfaces["wasi:io/poll"]?.["poll"] as (all: unknown[]) => Uint32Array
  const clock = interfaces["wasi:clocks/monotonic-clock"] as never as {
    subscribeDuration(ns: bigint): unknown
  }
  const hour = clock.subscribeDuration(3_600_000_000_000n)
  const before = host.clock.monotonic

  expect([...poll([future.subscribe(), body.write().subscribe(), hour])]).toEqual([1])
  http.OutgoingBody.finish(body, undefined)
  expect([...poll([hour, future.subscribe()])]).toEqual([1])
  expect(host.clock.monotonic - before).toBeLessThan(1_000_000_000n)
})

test("failures come as WASI's, also in the middle of a body", () => {
  const dns = open([SENT, { kind: "failure", code: "DNS-error" }])
  expect(dns.future("a.test").get()).toEqual({
    tag: "ok",
    val: { tag: "err", val: { tag: "DNS-error", val: {} } },
  })

  const madeUp = { kind: "failure", code: "made-up" } as never as HttpAnswer
  expect(open([SENT, madeUp]).future("a.test").get()).toMatchObject({
    val: { val: { tag: "internal-error" } },
  })

  const broken: HttpAnswer = { kind: "failure", code: "HTTP-response-incomplete" }
  const { http, future, ask } = open([SENT, HEAD, { bytes: "he" }, broken])
  const stream = ask(future("a.test")).consume().stream()
  expect(stream.blockingRead(10n)).toHaveLength(2)
  const failure = thrown(() => stream.blockingRead(10n))
  expect(failure).toMatchObject({ tag: "last-operation-failed" })
  expect(http.httpErrorCode((failure as { val: object }).val)).toEqual({
    tag: "HTTP-response-incomplete",
    val: undefined,
  })
})

test("trailers are there for who has read to the end", () => {
  const end: HttpAnswer = { kind: "end", trailers: [["x-end", "1"]] }
  const read = open([SENT, HEAD, { bytes: "a" }, end])
  const body = read.ask(read.future("a.test")).consume()
  body.stream().blockingRead(1n)
  const trailers = read.http.IncomingBody.finish(body).get()
  expect(trailers?.val?.val?.entries()).toEqual([["x-end", Buffer.from("1")]])

  const unread = open([SENT, HEAD, { bytes: "a" }, DROPPED])
  const left = unread.ask(unread.future("a.test")).consume()
  expect(unread.http.IncomingBody.finish(left).get()).toEqual({
    tag: "ok",
    val: { tag: "ok", val: undefined },
  })
})

test("whatever of an exchange is dropped first, the worker is told once", () => {
  const atFuture = open([SENT, DROPPED])
  atFuture.future("a.test")[Symbol.dispose]()
  const atResponse = open([SENT, HEAD, DROPPED])
  atResponse.ask(atResponse.future("a.test"))[Symbol.dispose]()
  const atBody = open([SENT, HEAD, DROPPED])
  const response = atBody.ask(atBody.future("a.test"))
  response.consume()[Symbol.dispose]()
  response[Symbol.dispose]()

  expect([atFuture, atResponse, atBody].map(({ asked }) => asked.at(-1))).toEqual(
    [atFuture, atResponse, atBody].map(() => ({ ask: "drop", exchange: 0 })),
  )
})

test("headers beyond all measure end the guest", () => {
  const { http } = open([])
  const fields = new http.Fields()
  const large = Buffer.alloc(4 * 1024 * 1024, "a")

  expect(() => {
    for (let count = 0; count < 5; count += 1) fields.append("a", large)
  }).toThrow("too many headers")
})

test("a run without a network has the interface, and is denied", () => {
  const { host } = createHost()
  const interfaces = createPreview2(host)
  const http = interfaces["wasi:http/types"] as never as Types
  const request = newRequest(http)
  request.setAuthority("a.test")

  const { handle } = interfaces["wasi:http/outgoing-handler"] as never as Handler
  expect(thrown(() => handle(request))).toMatchObject({ tag: "HTTP-request-denied" })
})

/** As much of the interface as the tests use, as the glue would see it. */
interface Types {
  Fields: {
    new (): Fields
    fromList(entries: [string, Uint8Array][]): Fields
  }
  OutgoingRequest: new (fields: Fields) => Request
  OutgoingBody: { finish(body: object, trailers: Fields | undefined): void }
  RequestOptions: new () => { setConnectTimeout(ns: bigint | undefined): void }
  IncomingBody: {
    finish(body: object): { get(): { val?: { val?: Fields } } | undefined }
  }
  httpErrorCode(error: object): unknown
}
interface Handler {
  handle: (request: Request, options?: object) => Future
}
interface Fields {
  get(name: string): Uint8Array[]
  has(name: string): boolean
  set(name: string, values: Uint8Array[]): void
  delete(name: string): void
  append(name: string, value: Uint8Array): void
  entries(): [string, Uint8Array][]
  clone(): Fields
}
interface Pollable {
  ready(): boolean
  block(): void
}
interface Request {
  body(): { write(): Output; [Symbol.dispose](): void }
  headers(): Fields
  method(): unknown
  setMethod(method: object): void
  scheme(): unknown
  setScheme(scheme: object | undefined): void
  authority(): unknown
  setAuthority(authority: string | undefined): void
  pathWithQuery(): unknown
  setPathWithQuery(path: string | undefined): void
}
interface Output {
  write(bytes: Uint8Array): void
  blockingWriteAndFlush(bytes: Uint8Array): void
  subscribe(): Pollable
}
interface Future {
  subscribe(): Pollable
  get(): { tag: string; val?: { tag: string; val: unknown } } | undefined
  [Symbol.dispose](): void
}
interface Response {
  status(): number
  headers(): Fields
  consume(): { stream(): { blockingRead(length: bigint): Uint8Array }; [Symbol.dispose](): void }
  [Symbol.dispose](): void
}

function open(answers: readonly Scripted[]) {
  const { host } = createHost()
  const rest = answers.values()
  const asked: object[] = []
  host.http = new GuestHttp(host.fuel, (question) => {
    const { json, bytes } = readEnvelope(question)
    const isSend = (json as { ask: string }).ask === "send"
    asked.push({ ...(json as object), ...(isSend && { body: Buffer.from(bytes).toString() }) })
    const answer = rest.next().value
    if (!answer) throw new Error("asked for too much")
    return "bytes" in answer
      ? writeEnvelope({ kind: "bytes" }, Buffer.from(answer.bytes))
      : writeEnvelope(answer)
  })
  const interfaces = createPreview2(host)
  const http = interfaces["wasi:http/types"] as never as Types
  const { handle } = interfaces["wasi:http/outgoing-handler"] as never as Handler
  const future = (authority: string) => {
    const request = newRequest(http)
    request.setAuthority(authority)
    return handle(request)
  }
  const ask = (asking: Future): Response => {
    const answer = asking.get()?.val
    if (answer?.tag !== "ok") throw new Error(JSON.stringify(answer))
    return answer.val as Response
  }
  return { host, interfaces, http, handle, asked, future, ask }
}

function newRequest(http: Types, headers: [string, string][] = []): Request {
  return new http.OutgoingRequest(
    http.Fields.fromList(headers.map(([name, value]) => [name, Buffer.from(value)])),
  )
}

/** What the glue makes the result's error. */
function thrown(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    if (error instanceof Error && error.name === "Failed") return Reflect.get(error, "payload")
    throw error
  }
  throw new Error("nothing was thrown")
}
