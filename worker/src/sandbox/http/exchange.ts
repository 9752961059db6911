/**
 * One HTTP exchange as guest, broker, network and transcript know it. Worker and child load this
 * file.
 */
import type { HttpErrorCode } from "./error-codes.ts"

export type Scheme = "http" | "https"

/** A lower-case name; of a value each character stands for one byte. */
export type Header = readonly [name: string, value: string]

export interface HttpRequest {
  method: string
  scheme: Scheme
  /** `host` or `host:port`. */
  authority: string
  /** Begins with a slash, and ends with the query. */
  path: string
  headers: readonly Header[]
  body: Uint8Array
  timeouts: Timeouts
}

/** What the guest allows in milliseconds. The worker's own limits hold besides. */
interface Timeouts {
  connectMs?: number | undefined
  firstByteMs?: number | undefined
  betweenBytesMs?: number | undefined
}

export interface HttpFailure {
  kind: "failure"
  code: HttpErrorCode
}

export interface HttpResponse {
  kind: "response"
  status: number
  headers: readonly Header[]
  body: HttpBody
}

/** The next piece: full, but for the last before the end or a failure; so time leaves no trace. */
export type HttpPiece =
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "end"; trailers: readonly Header[] }
  | HttpFailure

export interface HttpBody {
  read(): Promise<HttpPiece>
  /** Nobody wants the rest. */
  close(): void
}

/** The one way of a guest to the network: what it is given may be recorded, or come from a record. */
export interface HttpClient {
  /** Never rejects for what the network does. */
  exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse | HttpFailure>
}

/** How long a full piece is. */
export const PIECE_BYTES = 32_768
