/** Keeps what a guest asked and was answered, and answers from that again. */
import { createHash } from "node:crypto"
import { canonicalText } from "@outlayer/protocol/pure"
import {
  type Header,
  type HttpBody,
  type HttpClient,
  type HttpFailure,
  type HttpPiece,
  type HttpRequest,
  PIECE_BYTES,
} from "./exchange.ts"

export interface RecordedExchange {
  request: HttpRequest
  /** Absent where the run was over, or had dropped the exchange, before there was one. */
  answer: RecordedAnswer | undefined
}

export type RecordedAnswer =
  | HttpFailure
  | {
      kind: "response"
      status: number
      headers: readonly Header[]
      /** As far as the guest read it. */
      body: Uint8Array
      /** Absent where the guest had enough before it. */
      ending: Ending | undefined
    }

type Ending = Exclude<HttpPiece, { kind: "bytes" }>

/** `exchanges` grows, in the order of the requests; each is whole when the run is over. */
export function recordHttp(client: HttpClient) {
  const exchanges: RecordedExchange[] = []
  const recording: HttpClient = {
    async exchange(request, signal) {
      const exchange: RecordedExchange = { request, answer: undefined }
      exchanges.push(exchange)
      const answer = await client.exchange(request, signal)
      if (signal.aborted) return answer
      if (answer.kind === "failure") {
        exchange.answer = answer
        return answer
      }
      const body = new RecordedBody(answer.body)
      const { status, headers } = answer
      exchange.answer = {
        kind: "response",
        status,
        headers,
        get body() {
          return body.bytes
        },
        get ending() {
          return body.ending
        },
      }
      return { ...answer, body }
    },
  }
  return { client: recording, exchanges: exchanges as readonly RecordedExchange[] }
}

/**
 * Needs no network. Rejects for a request that the record does not have at that place: then the
 * run is another one.
 */
export function replayHttp(exchanges: readonly RecordedExchange[]): HttpClient {
  const rest = exchanges.values()
  return {
    exchange(request, signal) {
      const recorded = rest.next().value
      if (!recorded || canonicalRequest(recorded.request) !== canonicalRequest(request)) {
        return Promise.reject(new Error("a request that is not in the record"))
      }
      const { answer } = recorded
      if (!answer) return untilAborted(signal)
      if (answer.kind === "failure") return Promise.resolve(answer)
      return Promise.resolve({ ...answer, body: replayBody(answer) })
    },
  }
}

/** The bytes to hash, as text: bodies are in it by their SHA-256. */
export function canonicalExchange({ request, answer }: RecordedExchange): string {
  const { ending } = answer?.kind === "response" ? answer : { ending: undefined }
  return canonicalText("outlayer-http-exchange-1", [
    ...requestFields(request),
    answer?.kind === "failure" ? answer.code : null,
    ...(answer?.kind === "response"
      ? [answer.status, answer.headers.flat(), sha256(answer.body)]
      : [null, null, null]),
    ending?.kind === "failure" ? ending.code : null,
    ending?.kind === "end" ? ending.trailers.flat() : null,
  ])
}

function canonicalRequest(request: HttpRequest): string {
  return canonicalText("outlayer-http-request-1", requestFields(request))
}

function requestFields({ method, scheme, authority, path, headers, body, timeouts }: HttpRequest) {
  const times = [timeouts.connectMs, timeouts.firstByteMs, timeouts.betweenBytesMs]
  return [
    method,
    scheme,
    authority,
    path,
    headers.flat(),
    sha256(body),
    ...times.map((ms) => (ms === undefined ? null : String(ms))),
  ]
}

class RecordedBody implements HttpBody {
  readonly #body: HttpBody
  readonly #pieces: Uint8Array[] = []
  ending: Ending | undefined

  constructor(body: HttpBody) {
    this.#body = body
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#pieces)
  }

  async read(): Promise<HttpPiece> {
    const piece = await this.#body.read()
    if (piece.kind === "bytes") this.#pieces.push(piece.bytes)
    else this.ending = piece
    return piece
  }

  close(): void {
    this.#body.close()
  }
}

function replayBody({ body, ending }: Extract<RecordedAnswer, { kind: "response" }>): HttpBody {
  let rest = body
  return {
    read() {
      const bytes = rest.subarray(0, PIECE_BYTES)
      rest = rest.subarray(bytes.length)
      if (bytes.length > 0) return Promise.resolve({ kind: "bytes", bytes })
      if (ending) return Promise.resolve(ending)
      return Promise.reject(new Error("more of a body than is in the record"))
    },
    close() {},
  }
}

function untilAborted(signal: AbortSignal): Promise<HttpFailure> {
  const { promise, resolve } = Promise.withResolvers<HttpFailure>()
  const abort = () => resolve({ kind: "failure", code: "connection-terminated" })
  signal.addEventListener("abort", abort)
  if (signal.aborted) abort()
  return promise
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest()
}
