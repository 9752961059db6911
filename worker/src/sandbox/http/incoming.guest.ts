/** `wasi:http/types`: an answer, from the promise of it to its trailers. Whoever looks, waits. */
import { Failed } from "../wasi/preview2/failed.guest.ts"
import { Resource } from "../wasi/preview2/resource.guest.ts"
import { InputStream, type Maker, Pollable } from "../wasi/preview2/streams.guest.ts"
import type { Source } from "../wasi/streams.guest.ts"
import type { HttpErrorCode } from "./error-codes.ts"
import { type ErrorVariant, errorVariant, streamFailure } from "./error-variant.guest.ts"
import type { Fields, FieldsClass } from "./fields.guest.ts"
import type { GuestExchange } from "./guest-http.guest.ts"

type Result<T, E> = { tag: "ok"; val: T } | { tag: "err"; val: E }
/** Absent until there is something; an error from the second time on. */
type Once<T> = Result<Result<T, ErrorVariant>, undefined> | undefined

/** What became of a request: nothing yet, where its body is not whole. */
export interface Sending {
  sent: GuestExchange | HttpErrorCode | undefined
  /** Nothing shall be sent any more: the body's writer waits here, or nobody wants an answer. */
  giveUp(): void
}

const TAKEN = { tag: "err", val: undefined } as const

export function incomingClasses(maker: Maker, Fields: FieldsClass) {
  class FutureTrailers extends Resource {
    readonly #exchange: GuestExchange
    #isTaken = false

    constructor(exchange: GuestExchange) {
      super(maker.live)
      this.#exchange = exchange
    }

    subscribe(): Pollable {
      return new Pollable(maker)
    }

    get(): Once<Fields | undefined> {
      if (this.#isTaken) return TAKEN
      this.#isTaken = true
      // The end is behind what was read; who has left more of the body unread wants no trailers.
      const piece = this.#exchange.read()
      this.#exchange.drop()
      if (piece.kind === "failure") return ok(err(errorVariant(piece.code)))
      const trailers = piece.kind === "end" ? piece.trailers : []
      return ok(ok(trailers.length > 0 ? Fields.fromHeaders(trailers) : undefined))
    }

    override [Symbol.dispose](): void {
      super[Symbol.dispose]()
      this.#exchange.drop()
    }
  }

  class IncomingBody extends Resource {
    readonly #exchange: GuestExchange
    #isTaken = false
    #isFinished = false

    constructor(exchange: GuestExchange) {
      super(maker.live)
      this.#exchange = exchange
    }

    stream(): InputStream {
      if (this.#isTaken) throw new Failed(undefined)
      this.#isTaken = true
      return new InputStream(maker, new BodySource(this.#exchange))
    }

    static finish(body: IncomingBody): FutureTrailers {
      body.#isFinished = true
      body[Symbol.dispose]()
      return new FutureTrailers(body.#exchange)
    }

    override [Symbol.dispose](): void {
      super[Symbol.dispose]()
      if (!this.#isFinished) this.#exchange.drop()
    }
  }

  class IncomingResponse extends Resource {
    readonly #exchange: GuestExchange
    readonly #head: { status: number; headers: readonly (readonly [string, string])[] }
    #isConsumed = false

    constructor(exchange: GuestExchange, head: IncomingResponse["head"]) {
      super(maker.live)
      this.#exchange = exchange
      this.#head = head
    }

    get head() {
      return this.#head
    }

    status(): number {
      return this.#head.status
    }

    headers(): Fields {
      return Fields.fromHeaders(this.#head.headers)
    }

    consume(): IncomingBody {
      if (this.#isConsumed) throw new Failed(undefined)
      this.#isConsumed = true
      return new IncomingBody(this.#exchange)
    }

    override [Symbol.dispose](): void {
      super[Symbol.dispose]()
      if (!this.#isConsumed) this.#exchange.drop()
    }
  }

  class FutureIncomingResponse extends Resource {
    readonly #sending: Sending
    #isTaken = false

    constructor(sending: Sending) {
      super(maker.live)
      this.#sending = sending
    }

    subscribe(): Pollable {
      return new SendingPollable(maker, this.#sending)
    }

    get(): Once<IncomingResponse> {
      if (this.#isTaken) return TAKEN
      const { sent } = this.#sending
      if (sent === undefined) return undefined
      this.#isTaken = true
      if (typeof sent === "string") return ok(err(errorVariant(sent)))
      const head = sent.head()
      return head.kind === "failure"
        ? ok(err(errorVariant(head.code)))
        : ok(ok(new IncomingResponse(sent, head)))
    }

    override [Symbol.dispose](): void {
      super[Symbol.dispose]()
      this.#sending.giveUp()
      const { sent } = this.#sending
      if (!this.#isTaken && typeof sent === "object") sent.drop()
    }
  }

  return { FutureIncomingResponse, FutureTrailers, IncomingBody, IncomingResponse }
}

/** Ready once the request is sent, as the network takes no time: before, its own guest is to write. */
class SendingPollable extends Pollable {
  readonly #sending: Sending

  constructor(maker: Maker, sending: Sending) {
    super(maker)
    this.#sending = sending
  }

  override get readyAtNs(): bigint | undefined {
    return this.#sending.sent === undefined ? undefined : super.readyAtNs
  }

  override block(): void {
    if (this.#sending.sent === undefined) this.#sending.giveUp()
    super.block()
  }
}

class BodySource implements Source {
  readonly #exchange: GuestExchange
  #rest: Uint8Array = new Uint8Array(0)

  constructor(exchange: GuestExchange) {
    this.#exchange = exchange
  }

  /** Of one piece, which may have to be waited for, and is paid for when it comes. */
  get available(): number {
    if (this.#rest.length === 0) this.#rest = this.#next()
    return this.#rest.length
  }

  read([buffer = new Uint8Array(0)]: readonly Uint8Array[]): number {
    const part = this.#rest.subarray(0, buffer.length)
    buffer.set(part)
    this.#rest = this.#rest.subarray(part.length)
    return part.length
  }

  #next(): Uint8Array {
    const piece = this.#exchange.read()
    if (piece.kind === "failure") throw streamFailure(piece.code)
    return piece.kind === "bytes" ? piece.bytes : new Uint8Array(0)
  }
}

function ok<T>(val: T): { tag: "ok"; val: T } {
  return { tag: "ok", val }
}

function err<E>(val: E): { tag: "err"; val: E } {
  return { tag: "err", val }
}
