/** HTTP as the guest's process has it: blocking, priced, and counted before the worker is asked. */
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import type { Fuel } from "../wasi/fuel.guest.ts"
import { Stop } from "../wasi/stop.guest.ts"
import { type HttpAnswer, type HttpQuestion, readEnvelope, writeEnvelope } from "./channel.ts"
import { whyNotRequest } from "./check-request.ts"
import type { HttpErrorCode } from "./error-codes.ts"
import type { Header, HttpFailure, HttpPiece, HttpRequest } from "./exchange.ts"
import { headerBytes } from "./header-rules.ts"

const { fuel: PRICES } = HTTP_LIMITS

export type HttpHead = { kind: "head"; status: number; headers: readonly Header[] } | HttpFailure

/** Puts a question to the worker, and waits for its answer. */
export type AskWorker = (question: Uint8Array) => Uint8Array

export class GuestHttp {
  readonly #fuel: Fuel
  readonly #ask: AskWorker | undefined
  #sent = 0
  #open = 0
  #leftBytes = HTTP_LIMITS.totalBytes

  /** Without `ask` everything is denied. */
  constructor(fuel: Fuel, ask: AskWorker | undefined) {
    this.#fuel = fuel
    this.#ask = ask
  }

  /** Before a part of a request is kept: what may be sent in all is also what is held. */
  keep(bytes: number): boolean {
    if (bytes > this.#leftBytes) return false
    this.#leftBytes -= bytes
    return true
  }

  /** Does not wait for an answer. */
  send(request: HttpRequest): GuestExchange | HttpErrorCode {
    const size = request.path.length + headerBytes(request.headers) + request.body.length
    this.#fuel.pay(PRICES.request + PRICES.byte * size)
    const code = whyNotRequest(request, HTTP_LIMITS)
    if (code) return code
    if (!this.#ask || this.#sent === HTTP_LIMITS.requests) return "HTTP-request-denied"
    if (this.#open === HTTP_LIMITS.concurrentRequests) return "connection-limit-reached"
    const { body, ...head } = request
    this.#put(this.#ask, { ask: "send", ...head }, body)
    this.#sent += 1
    this.#open += 1
    return new GuestExchange(this.#sent - 1, this.#askOf(this.#ask))
  }

  #askOf(ask: AskWorker) {
    return (question: HttpQuestion): [HttpAnswer, Uint8Array] => {
      const [answer, bytes] = this.#put(ask, question)
      const { kind } = answer
      if (kind === "failure" || kind === "end" || kind === "dropped") this.#open -= 1
      if (kind === "head") this.#fuel.pay(PRICES.byte * headerBytes(answer.headers))
      if (kind === "end") this.#fuel.pay(PRICES.byte * headerBytes(answer.trailers))
      this.#fuel.pay(PRICES.byte * bytes.length)
      return [answer, bytes]
    }
  }

  #put(ask: AskWorker, question: HttpQuestion, body?: Uint8Array): [HttpAnswer, Uint8Array] {
    const { json, bytes } = readEnvelope(ask(writeEnvelope(question, body)))
    const answer = json as HttpAnswer
    if (answer.kind === "over") throw new Stop("time")
    return [answer, bytes]
  }
}

export class GuestExchange {
  readonly #exchange: number
  readonly #ask: (question: HttpQuestion) => [HttpAnswer, Uint8Array]
  #head: HttpHead | undefined
  #ending: HttpPiece | undefined

  constructor(exchange: number, ask: (question: HttpQuestion) => [HttpAnswer, Uint8Array]) {
    this.#exchange = exchange
    this.#ask = ask
  }

  /** Waits for it, the first time. */
  head(): HttpHead {
    if (this.#head) return this.#head
    const [answer] = this.#ask({ ask: "head", exchange: this.#exchange })
    if (answer.kind !== "head" && answer.kind !== "failure") throw new Error("no head")
    if (answer.kind === "failure") this.#ending = answer
    this.#head = answer
    return answer
  }

  /** Waits for the next piece; the end, or what went wrong, is said again. */
  read(): HttpPiece {
    if (this.#ending) return this.#ending
    const [answer, bytes] = this.#ask({ ask: "body", exchange: this.#exchange })
    if (answer.kind === "bytes") return { kind: "bytes", bytes }
    if (answer.kind !== "end" && answer.kind !== "failure") throw new Error("no piece")
    this.#ending = answer
    return answer
  }

  /** Nobody wants the rest. */
  drop(): void {
    if (this.#ending) return
    this.#ending = { kind: "failure", code: "connection-terminated" }
    this.#ask({ ask: "drop", exchange: this.#exchange })
  }
}
