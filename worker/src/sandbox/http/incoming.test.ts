/** What a guest hears of an answer. */
import { expect, test } from "vitest"
import type { HttpAnswer } from "./channel.ts"
import { DROPPED, HEAD, SENT, open, thrown } from "./http-interfaces.fixture.ts"

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
