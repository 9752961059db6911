import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { expect, test } from "vitest"
import { Fuel } from "../wasi/fuel.guest.ts"
import { type HttpAnswer, readEnvelope, writeEnvelope } from "./channel.ts"
import { request } from "./client.fixture.ts"
import { GuestExchange, GuestHttp } from "./guest-http.guest.ts"

const SENT: HttpAnswer = { kind: "sent" }
const HEAD: HttpAnswer = { kind: "head", status: 200, headers: [["x", "1"]] }
const END: HttpAnswer = { kind: "end", trailers: [] }
const PIECE = { bytes: Buffer.from("piece") }
const { fuel: PRICES } = HTTP_LIMITS

test("an exchange is asked for step by step, and each step is paid for", () => {
  const { http, fuel, asked } = open([SENT, HEAD, PIECE, END])

  const exchange = send(http, { path: "/x", body: Buffer.from("body") })
  // 2 of the path, 4 of the body.
  expect(fuel.used).toBe(BigInt(PRICES.request + 6 * PRICES.byte))
  expect(exchange.head()).toEqual(HEAD)
  expect(exchange.head()).toEqual(HEAD)
  expect(exchange.read()).toMatchObject({ kind: "bytes", bytes: Uint8Array.from(PIECE.bytes) })
  expect(exchange.read()).toEqual(END)
  expect(exchange.read()).toEqual(END)
  exchange.drop()

  expect(asked).toMatchObject(["send", "head", "body", "body"])
  // And 6 of the answer's header, 5 of its body.
  expect(fuel.used).toBe(BigInt(PRICES.request + 17 * PRICES.byte))
})

test("who cannot pay does not ask", () => {
  const { http, asked } = open([SENT], BigInt(PRICES.request))

  expect(() => http.send(request("a.test"))).toThrow("fuel")
  expect(asked).toEqual([])
})

test("an answer that cannot be paid for does not reach the guest", () => {
  const { http } = open([SENT, HEAD], BigInt(PRICES.request + PRICES.byte))
  const exchange = send(http)

  expect(() => exchange.head()).toThrow("fuel")
})

test("without a worker that serves it, and for what is no request, nothing is asked", () => {
  const { http, asked } = open([])
  const fuel = newFuel()

  expect(new GuestHttp(fuel, undefined).send(request("a.test"))).toBe("HTTP-request-denied")
  expect(fuel.used).toBe(BigInt(PRICES.request + PRICES.byte))
  expect(http.send(request("a.test", { path: "/ä" }))).toBe("HTTP-request-URI-invalid")
  expect(http.send(request("a b"))).toBe("HTTP-request-URI-invalid")
  expect(asked).toEqual([])
})

test("only so many are under way at a time", () => {
  const { http, asked } = open(Array.from({ length: 100 }, () => SENT))

  for (let count = 0; count < HTTP_LIMITS.concurrentRequests; count += 1) send(http)

  expect(http.send(request("a.test"))).toBe("connection-limit-reached")
  expect(asked).toHaveLength(HTTP_LIMITS.concurrentRequests)
})

test("what is dropped makes room, and each request counts", () => {
  const dropped: HttpAnswer = { kind: "dropped" }
  const { http } = open(Array.from({ length: HTTP_LIMITS.requests }, () => [SENT, dropped]).flat())

  for (let count = 0; count < HTTP_LIMITS.requests; count += 1) send(http).drop()

  expect(http.send(request("a.test"))).toBe("HTTP-request-denied")
})

test("a failure is told again, and needs no drop", () => {
  const failure: HttpAnswer = { kind: "failure", code: "DNS-error" }
  const { http, asked } = open([SENT, failure])
  const exchange = send(http)

  expect([exchange.head(), exchange.head(), exchange.read()]).toEqual([failure, failure, failure])
  exchange.drop()
  expect(asked).toEqual(["send", "head"])
})

test("a run whose time is over ends where it waits", () => {
  const { http } = open([SENT, { kind: "over" }])
  const exchange = send(http)

  expect(() => exchange.head()).toThrow("time")
})

function send(http: GuestHttp, rest = {}): GuestExchange {
  const sent = http.send(request("a.test", rest))
  if (!(sent instanceof GuestExchange)) throw new Error(sent)
  return sent
}

/** A worker that gives these answers, and the words it was asked. */
function open(answers: (HttpAnswer | { bytes: Uint8Array })[], limit?: bigint) {
  const rest = answers.values()
  const asked: unknown[] = []
  const fuel = newFuel(limit)
  const http = new GuestHttp(fuel, (question) => {
    const { json } = readEnvelope(question)
    asked.push((json as { ask: string }).ask)
    const answer = rest.next().value
    if (!answer) throw new Error("asked for too much")
    return "bytes" in answer
      ? writeEnvelope({ kind: "bytes" }, answer.bytes)
      : writeEnvelope(answer)
  })
  return { http, fuel, asked }
}

function newFuel(limit = 10n ** 12n): Fuel {
  return new Fuel(new WebAssembly.Global({ value: "i64", mutable: true }, limit), limit)
}
