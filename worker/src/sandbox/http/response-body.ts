/** An answer's body in full pieces, read from the network no faster than the guest takes it. */
import type { IncomingMessage } from "node:http"
import { type HttpBody, type HttpPiece, PIECE_BYTES } from "./exchange.ts"
import { failureOf, readHeaders } from "./node-response.ts"
import { within } from "./time-limit.ts"

/** Where the network is asked to wait. */
const AHEAD_BYTES = 2 * PIECE_BYTES

type Ending = Exclude<HttpPiece, { kind: "bytes" }>

export class ResponseBody implements HttpBody {
  readonly #message: IncomingMessage
  readonly #betweenBytesMs: number
  /** The exchange's own end, by time or by its guest's. */
  readonly #signal: AbortSignal
  #chunks: Uint8Array[] = []
  #length = 0
  #ending: Ending | undefined
  #wake = () => {}

  constructor(message: IncomingMessage, betweenBytesMs: number, signal: AbortSignal) {
    this.#message = message
    this.#betweenBytesMs = betweenBytesMs
    this.#signal = signal
    message.on("data", (chunk: Uint8Array) => this.#take(chunk))
    message.once("end", () =>
      this.#end({ kind: "end", trailers: readHeaders(message.rawTrailers) }),
    )
    message.on("error", (error) => this.#end(failureOf(error, "HTTP-response-incomplete")))
    message.once("close", () => this.#end({ kind: "failure", code: "HTTP-response-incomplete" }))
    signal.addEventListener("abort", this.#abort)
    if (signal.aborted) this.#abort()
  }

  async read(): Promise<HttpPiece> {
    while (this.#length < PIECE_BYTES && !this.#ending) await this.#untilMore()
    if (this.#length > 0) return { kind: "bytes", bytes: this.#cut() }
    return this.#ending ?? { kind: "failure", code: "internal-error" }
  }

  close(): void {
    this.#end({ kind: "failure", code: "connection-terminated" })
    this.#message.destroy()
  }

  async #untilMore(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    this.#message.resume()
    try {
      const code = "connection-read-timeout"
      await within(this.#betweenBytesMs, code, this.#signal, () => promise)
    } catch (error) {
      this.#end(failureOf(error, "HTTP-response-incomplete"))
      this.#message.destroy()
    }
  }

  #take(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#length >= AHEAD_BYTES) this.#message.pause()
    this.#wake()
  }

  #cut(): Uint8Array {
    const joined = Buffer.concat(this.#chunks)
    const rest = joined.subarray(PIECE_BYTES)
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#length = rest.length
    return joined.subarray(0, PIECE_BYTES)
  }

  /** The first word counts: what follows an end is only the socket going. */
  #end(ending: Ending): void {
    if (this.#ending) return
    this.#ending = ending
    this.#signal.removeEventListener("abort", this.#abort)
    this.#wake()
  }

  readonly #abort = () => {
    const { reason } = this.#signal
    this.#end(failureOf(reason, "connection-terminated"))
    this.#message.destroy()
  }
}
