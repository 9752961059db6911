/** A run's HTTP written down, and played back. */
import type { HttpExchange } from "@outlayer/protocol"
import type {
  HttpBody,
  HttpClient,
  HttpFailure,
  HttpPiece,
  HttpRequest,
  HttpResponse,
} from "../sandbox/http/exchange.ts"

const REPLAY_FAILURE: HttpFailure = { kind: "failure", code: "internal-error" }

export interface HttpRecorder {
  client: HttpClient
  /** In the order of their requests, with as much of each answer as the guest has taken. */
  readonly exchanges: readonly HttpExchange[]
}

export function recordHttp(client: HttpClient): HttpRecorder {
  const exchanges: HttpExchange[] = []
  return {
    exchanges,
    client: {
      async exchange(request, signal) {
        const exchange: HttpExchange = {
          request: writeRequest(request),
          status: null,
          headers: [],
          pieces: [],
          trailers: null,
          failure: null,
        }
        exchanges.push(exchange)
        const answer = await client.exchange(request, signal)
        if (answer.kind === "failure") {
          exchange.failure = answer.code
          return answer
        }
        exchange.status = answer.status
        exchange.headers = answer.headers.map(([name, value]) => [name, value])
        return { ...answer, body: recordBody(answer.body, exchange) }
      },
    },
  }
}

function recordBody(body: HttpBody, exchange: HttpExchange): HttpBody {
  return {
    async read() {
      const piece = await body.read()
      if (piece.kind === "bytes") exchange.pieces.push(Buffer.from(piece.bytes).toString("base64"))
      else if (piece.kind === "end")
        exchange.trailers = piece.trailers.map(([name, value]) => [name, value])
      else exchange.failure = piece.code
      return piece
    },
    close: () => body.close(),
  }
}

export interface HttpPlayer {
  client: HttpClient
  /** The first request that was not the recorded one, or a record that nobody asked for. */
  findDifference(): string | undefined
}

/** Nothing is asked of any network. */
export function playHttp(exchanges: readonly HttpExchange[]): HttpPlayer {
  let asked = 0
  let difference: string | undefined
  const differ = (what: string): HttpFailure => {
    difference ??= what
    return REPLAY_FAILURE
  }
  const play = (exchange: HttpExchange): HttpResponse | HttpFailure => {
    const { status, headers, failure } = exchange
    if (status === null) return failure === null ? REPLAY_FAILURE : asFailure(failure)
    let at = 0
    const read = async (): Promise<HttpPiece> => {
      const piece = exchange.pieces[at]
      at += 1
      if (piece !== undefined) return { kind: "bytes", bytes: Buffer.from(piece, "base64") }
      if (failure !== null) return asFailure(failure)
      if (exchange.trailers !== null) return { kind: "end", trailers: exchange.trailers }
      return differ("it read on where the recorded run did not")
    }
    return { kind: "response", status, headers, body: { read, close() {} } }
  }

  return {
    client: {
      async exchange(request) {
        const recorded = exchanges[asked]
        asked += 1
        if (!recorded) return differ(`request ${asked} is one too many`)
        if (JSON.stringify(writeRequest(request)) !== JSON.stringify(recorded.request))
          return differ(`request ${asked} is another`)
        return play(recorded)
      },
    },
    findDifference: () =>
      difference ??
      (asked < exchanges.length ? `${asked} of ${exchanges.length} requests` : undefined),
  }
}

/** Without its time-outs: what they led to stands in the answer. */
function writeRequest({
  method,
  scheme,
  authority,
  path,
  headers,
  body,
}: HttpRequest): HttpExchange["request"] {
  return {
    method,
    scheme,
    authority,
    path,
    headers: headers.map(([name, value]) => [name, value]),
    body: Buffer.from(body).toString("base64"),
  }
}

/** Whatever a transcript says: the child's side takes unknown codes for `internal-error`. */
function asFailure(code: string): HttpFailure {
  return { kind: "failure", code: code as HttpFailure["code"] }
}
