/** One run's HTTP, on the worker's side: its guest's process may be in hostile hands. */
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { z } from "zod"
import { type HttpAnswer, readEnvelope, writeEnvelope } from "./channel.ts"
import type { HttpLimits } from "./check-request.ts"
import type { HttpBody, HttpClient, HttpFailure, HttpRequest, HttpResponse } from "./exchange.ts"
import { headerBytes } from "./header-rules.ts"

/** The process said what ours never says. */
export class ChannelBroken extends Error {
  override readonly name = "ChannelBroken"
}

const Milliseconds = z.number().nonnegative().optional()
const Question = z.discriminatedUnion("ask", [
  z.strictObject({
    ask: z.literal("send"),
    method: z.string(),
    scheme: z.enum(["http", "https"]),
    authority: z.string(),
    path: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    timeouts: z.strictObject({
      connectMs: Milliseconds,
      firstByteMs: Milliseconds,
      betweenBytesMs: Milliseconds,
    }),
  }),
  z.strictObject({ ask: z.enum(["head", "body", "drop"]), exchange: z.int().nonnegative() }),
])

type Question = z.output<typeof Question>

/**
 *   sent --head--> open --body*--> (end or failure) done
 *     \--head--> (failure) done        any --drop--> done
 */
type Exchange =
  | { state: "sent"; answer: Promise<HttpResponse | HttpFailure>; abort: () => void }
  | { state: "open"; body: HttpBody; leftBytes: number }
  | { state: "done" }

export class HttpBroker implements Disposable {
  readonly #client: HttpClient
  readonly #limits: HttpLimits
  readonly #exchanges: Exchange[] = []
  readonly #end = new AbortController()
  readonly #timer: NodeJS.Timeout
  /** Of all the run may move, both ways. */
  #leftBytes: number
  #isBusy = false

  /** `maxMs`: what the run has, so that a guest that waits can still tell what it has used. */
  constructor(client: HttpClient, maxMs: number, limits: HttpLimits = HTTP_LIMITS) {
    this.#client = client
    this.#limits = limits
    this.#leftBytes = limits.totalBytes
    this.#timer = setTimeout(() => this[Symbol.dispose](), maxMs)
  }

  /** Rejects with `ChannelBroken` for what our own code in the process never asks. */
  async answer(payload: Uint8Array): Promise<Uint8Array> {
    if (this.#isBusy) throw new ChannelBroken("a question before the last one's answer")
    this.#isBusy = true
    const { question, bytes } = readQuestion(payload)
    try {
      const answer = await this.#answer(question, bytes)
      return this.#end.signal.aborted ? writeEnvelope({ kind: "over" }) : answer
    } finally {
      this.#isBusy = false
    }
  }

  /** Ends whatever is under way. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#end.abort(new Error("the run is over"))
  }

  async #answer(question: Question, bytes: Uint8Array): Promise<Uint8Array> {
    if (question.ask === "send") {
      const { ask: _, ...head } = question
      return writeEnvelope(this.#send({ ...head, body: bytes }))
    }
    const { ask, exchange } = question
    if (bytes.length > 0) throw new ChannelBroken("bytes where none are due")
    if (ask === "head") return writeEnvelope(await this.#head(exchange))
    if (ask === "drop") return writeEnvelope(this.#drop(exchange))
    return this.#body(exchange)
  }

  #send(request: HttpRequest): HttpAnswer {
    const { requests, concurrentRequests } = this.#limits
    const open = this.#exchanges.filter(({ state }) => state !== "done").length
    if (this.#exchanges.length >= requests) throw new ChannelBroken("too many requests")
    if (open >= concurrentRequests) throw new ChannelBroken("too many requests at a time")
    const size = request.path.length + headerBytes(request.headers) + request.body.length
    const end = new AbortController()
    const signal = AbortSignal.any([this.#end.signal, end.signal])
    const answer = this.#pay(size)
      ? this.#client.exchange(request, signal)
      : Promise.resolve<HttpFailure>({ kind: "failure", code: "HTTP-request-body-size" })
    // A record that does not fit rejects, perhaps before somebody asks.
    answer.catch(() => {})
    this.#exchanges.push({
      state: "sent",
      answer,
      abort: () => end.abort(new Error("dropped")),
    })
    return { kind: "sent" }
  }

  async #head(index: number): Promise<HttpAnswer> {
    const exchange = this.#exchanges[index]
    if (exchange?.state !== "sent") throw new ChannelBroken(`no head of exchange ${index}`)
    const answer = await exchange.answer
    this.#exchanges[index] = { state: "done" }
    if (answer.kind === "failure") return answer
    const { status, headers, body } = answer
    if (!this.#pay(headerBytes(headers))) {
      body.close()
      return { kind: "failure", code: "HTTP-response-header-section-size" }
    }
    this.#exchanges[index] = { state: "open", body, leftBytes: this.#limits.responseBodyBytes }
    return { kind: "head", status, headers }
  }

  async #body(index: number): Promise<Uint8Array> {
    const exchange = this.#exchanges[index]
    if (exchange?.state !== "open") throw new ChannelBroken(`no body of exchange ${index}`)
    const piece = await exchange.body.read()
    if (piece.kind !== "bytes") {
      this.#exchanges[index] = { state: "done" }
      return writeEnvelope(piece)
    }
    const { bytes } = piece
    exchange.leftBytes -= bytes.length
    if (exchange.leftBytes < 0 || !this.#pay(bytes.length)) {
      exchange.body.close()
      this.#exchanges[index] = { state: "done" }
      return writeEnvelope({ kind: "failure", code: "HTTP-response-body-size" })
    }
    return writeEnvelope({ kind: "bytes" }, bytes)
  }

  #drop(index: number): HttpAnswer {
    const exchange = this.#exchanges[index]
    if (!exchange || exchange.state === "done") throw new ChannelBroken(`no exchange ${index}`)
    this.#exchanges[index] = { state: "done" }
    if (exchange.state === "open") exchange.body.close()
    else exchange.abort()
    return { kind: "dropped" }
  }

  #pay(bytes: number): boolean {
    if (bytes > this.#leftBytes) return false
    this.#leftBytes -= bytes
    return true
  }
}

function readQuestion(payload: Uint8Array) {
  try {
    const { json, bytes } = readEnvelope(payload)
    return { question: Question.parse(json), bytes }
  } catch (cause) {
    throw new ChannelBroken("no question", { cause })
  }
}
