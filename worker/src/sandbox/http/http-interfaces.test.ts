/** `wasi:http` as a component's glue calls it, over a worker whose answers are written down. */
import { expect, test } from "vitest"
import { createHost } from "../wasi/preview2/host.fixture.ts"
import { createPreview2 } from "../wasi/preview2/preview2.guest.ts"
import {
  END,
  HEAD,
  SENT,
  type Handler,
  type Types,
  newRequest,
  open,
  thrown,
} from "./http-interfaces.fixture.ts"

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

test("a run without a network has the interface, and is denied", () => {
  const { host } = createHost()
  const interfaces = createPreview2(host)
  const http = interfaces["wasi:http/types"] as never as Types
  const request = newRequest(http)
  request.setAuthority("a.test")

  const { handle } = interfaces["wasi:http/outgoing-handler"] as never as Handler
  expect(thrown(() => handle(request))).toMatchObject({ tag: "HTTP-request-denied" })
})
