/** What a guest says in a request, and what of it is none. */
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { expect, test } from "vitest"
import { SENT, newRequest, open, thrown } from "./http-interfaces.fixture.ts"

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
