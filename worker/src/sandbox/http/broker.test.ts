import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { expect, onTestFinished, test, vi } from "vitest"
import { ChannelBroken, HttpBroker } from "./broker.ts"
import { type HttpQuestion, readEnvelope, writeEnvelope } from "./channel.ts"
import { request } from "./client.fixture.ts"
import type { HttpClient, HttpPiece, HttpRequest } from "./exchange.ts"

const { body: _, ...HEAD } = request("a.test")
const SEND: HttpQuestion = { ask: "send", ...HEAD }
const END: HttpPiece = { kind: "end", trailers: [] }

test("an exchange goes from its request to the end of its body", async () => {
  const asked: HttpRequest[] = []
  const client = answering(
    (given) => asked.push(given),
    [{ kind: "bytes", bytes: Buffer.from("ab") }, END],
  )
  const { ask } = open(client)

  expect(await ask({ ...SEND, path: "/x" }, "body")).toEqual([{ kind: "sent" }, ""])
  expect(await ask({ ask: "head", exchange: 0 })).toEqual([
    { kind: "head", status: 200, headers: [["x", "1"]] },
    "",
  ])
  expect(await ask({ ask: "body", exchange: 0 })).toEqual([{ kind: "bytes" }, "ab"])
  expect(await ask({ ask: "body", exchange: 0 })).toEqual([END, ""])
  expect(asked).toEqual([
    request("a.test", { path: "/x", body: Uint8Array.from(Buffer.from("body")) }),
  ])
})

test.each<[string, (HttpQuestion | Uint8Array)[]]>([
  ["a word that is none", [Buffer.from("garbage")]],
  ["nothing", [new Uint8Array(0)]],
  ["a length that lies", [Buffer.from([255, 255, 255, 255])]],
  ["what is no JSON", [envelope("{")]],
  ["what is no UTF-8", [Buffer.from([1, 0, 0, 0, 0xff])]],
  ["another question", [envelope(`{"ask":"listen"}`)]],
  ["a field too many", [envelope(JSON.stringify({ ...SEND, host: "b" }))]],
  ["a field too few", [envelope(`{"ask":"send"}`)]],
  ["another scheme", [envelope(JSON.stringify({ ...SEND, scheme: "file" }))]],
  ["a number for a text", [envelope(JSON.stringify({ ...SEND, path: 1 }))]],
  ["headers that are no pairs", [envelope(JSON.stringify({ ...SEND, headers: [["x"]] }))]],
  ["a time before now", [envelope(JSON.stringify({ ...SEND, timeouts: { connectMs: -1 } }))]],
  ["no exchange", [{ ask: "head", exchange: 0 }]],
  ["an exchange by no number", [envelope(`{"ask":"head","exchange":"constructor"}`)]],
  ["an exchange before the first", [SEND, envelope(`{"ask":"head","exchange":-1}`)]],
  ["a head twice", [SEND, { ask: "head", exchange: 0 }, { ask: "head", exchange: 0 }]],
  ["a body before its head", [SEND, { ask: "body", exchange: 0 }]],
  [
    "bytes where there are none",
    [SEND, writeEnvelope({ ask: "head", exchange: 0 }, Buffer.from("x"))],
  ],
  ["a drop twice", [SEND, { ask: "drop", exchange: 0 }, { ask: "drop", exchange: 0 }]],
  [
    "a body past its end",
    [
      SEND,
      { ask: "head", exchange: 0 },
      { ask: "body", exchange: 0 },
      { ask: "body", exchange: 0 },
    ],
  ],
  ["too many at a time", Array.from({ length: HTTP_LIMITS.concurrentRequests + 1 }, () => SEND)],
  [
    "too many requests",
    Array.from({ length: HTTP_LIMITS.requests + 1 }, (_, exchange): HttpQuestion[] => [
      SEND,
      { ask: "drop", exchange },
    ])
      .flat()
      .slice(0, -1),
  ],
])("a process that asks for %s is found out", async (_, questions) => {
  const { broker } = open(answering(() => {}, [END]))
  const [last, ...before] = questions.map(toPayload).toReversed()
  for (const payload of before.toReversed()) await broker.answer(payload)

  await expect(broker.answer(last ?? new Uint8Array(0))).rejects.toThrow(ChannelBroken)
})

test("a question before the last one's answer is found out", async () => {
  const { broker } = open({ exchange: () => new Promise(() => {}) })
  await broker.answer(toPayload(SEND))
  void broker.answer(toPayload({ ask: "head", exchange: 0 }))

  await expect(broker.answer(toPayload({ ask: "drop", exchange: 0 }))).rejects.toThrow(
    ChannelBroken,
  )
})

test("requests and answers share what a run may move", async () => {
  const limits = { ...HTTP_LIMITS, totalBytes: 100 }
  const piece = (length: number): HttpPiece => ({ kind: "bytes", bytes: Buffer.alloc(length) })
  // 8 of the request, 6 of the answer's head.
  const { ask } = open(
    answering(() => {}, [piece(50), piece(20), piece(30)]),
    limits,
  )
  const head = { ask: "head", exchange: 0 } as const
  const body = { ask: "body", exchange: 0 } as const

  await ask(SEND, "1234567")
  await ask(head)
  expect((await ask(body))[0]).toEqual({ kind: "bytes" })
  expect((await ask(body))[0]).toEqual({ kind: "bytes" })
  expect((await ask(body))[0]).toEqual({ kind: "failure", code: "HTTP-response-body-size" })
  await ask(SEND, "x".repeat(100))
  expect((await ask({ ask: "head", exchange: 1 }))[0]).toEqual({
    kind: "failure",
    code: "HTTP-request-body-size",
  })
})

test("an endless body ends at the limit of one answer", async () => {
  const close = vi.fn<() => void>()
  const bytes = Buffer.alloc(32_768)
  const limits = { ...HTTP_LIMITS, responseBodyBytes: 100_000 }
  const read = () => Promise.resolve({ kind: "bytes" as const, bytes })
  const answer = { kind: "response" as const, status: 200, headers: [], body: { read, close } }
  const { ask } = open({ exchange: () => Promise.resolve(answer) }, limits)
  await ask(SEND)
  await ask({ ask: "head", exchange: 0 })

  const kinds: unknown[] = []
  for (let piece = 0; piece < 4; piece += 1)
    kinds.push((await ask({ ask: "body", exchange: 0 }))[0])

  const full = { kind: "bytes" }
  const over = { kind: "failure", code: "HTTP-response-body-size" }
  expect(kinds).toEqual([full, full, full, over])
  expect(close).toHaveBeenCalledTimes(1)
})

test("who waits when the run's time is over is told so", async () => {
  const client: HttpClient = {
    exchange: (_, signal) =>
      new Promise((resolve) => {
        const failure = { kind: "failure", code: "connection-terminated" } as const
        signal.addEventListener("abort", () => resolve(failure))
      }),
  }
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { ask } = open(client, HTTP_LIMITS, 50)
  await ask(SEND)

  const waiting = ask({ ask: "head", exchange: 0 })
  vi.advanceTimersByTime(50)

  expect(await waiting).toEqual([{ kind: "over" }, ""])
})

test("what is dropped is ended, and so is all at the end of the run's time", async () => {
  const signals: AbortSignal[] = []
  const client: HttpClient = {
    exchange: (_, signal) => {
      signals.push(signal)
      return new Promise(() => {})
    },
  }
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { ask } = open(client, HTTP_LIMITS, 50)
  await ask(SEND)
  await ask(SEND)

  await ask({ ask: "drop", exchange: 0 })

  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  vi.advanceTimersByTime(50)
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
})

function open(client: HttpClient, limits = HTTP_LIMITS, maxMs = 60_000) {
  const broker = new HttpBroker(client, maxMs, limits)
  onTestFinished(() => broker[Symbol.dispose]())
  const ask = async (question: HttpQuestion, body = "") => {
    const answer = readEnvelope(await broker.answer(writeEnvelope(question, Buffer.from(body))))
    return [answer.json, Buffer.from(answer.bytes).toString()]
  }
  return { broker, ask }
}

function answering(
  onRequest: (request: HttpRequest) => void,
  pieces: readonly HttpPiece[],
): HttpClient {
  return {
    exchange(given) {
      onRequest(given)
      const rest = pieces.values()
      const read = () => Promise.resolve(rest.next().value ?? END)
      const body = { read, close() {} }
      return Promise.resolve({ kind: "response", status: 200, headers: [["x", "1"]], body })
    },
  }
}

function toPayload(question: HttpQuestion | Uint8Array): Uint8Array {
  return question instanceof Uint8Array ? question : writeEnvelope(question)
}

function envelope(json: string): Uint8Array {
  const text = Buffer.from(json)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return Buffer.concat([length, text])
}
