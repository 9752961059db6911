/**
 * What a guest's process asks of the worker about HTTP, and the answers: one question at a time,
 * each in one frame. Both sides load this file.
 */
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import type { Header, HttpFailure, HttpRequest } from "./exchange.ts"

/**
 * Exchanges are numbered from 0 in the order of their requests. Of each: `send`, then `head` once,
 * then `body` to its end, and `drop` at any time before that.
 */
export type HttpQuestion =
  | ({ ask: "send" } & Omit<HttpRequest, "body">)
  | { ask: "head" | "body" | "drop"; exchange: number }

export type HttpAnswer =
  | { kind: "sent" | "dropped" }
  /** The run's time is, and the guest's with it. */
  | { kind: "over" }
  | { kind: "head"; status: number; headers: readonly Header[] }
  /** The envelope's bytes. */
  | { kind: "bytes" }
  | { kind: "end"; trailers: readonly Header[] }
  | HttpFailure

/** JSON doubles what must be escaped, and has its own signs around short headers. */
export const MAX_QUESTION_BYTES =
  HTTP_LIMITS.requestBodyBytes + 4 * (HTTP_LIMITS.requestHeaderBytes + HTTP_LIMITS.pathBytes) + 4096

const LENGTH_BYTES = 4

/** The JSON's length in four bytes (little-endian), the JSON, bytes. */
export function writeEnvelope(
  json: HttpQuestion | HttpAnswer,
  bytes: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(json))
  const envelope = new Uint8Array(LENGTH_BYTES + text.length + bytes.length)
  new DataView(envelope.buffer).setUint32(0, text.length, true)
  envelope.set(text, LENGTH_BYTES)
  envelope.set(bytes, LENGTH_BYTES + text.length)
  return envelope
}

/** Throws for what is none. */
export function readEnvelope(envelope: Uint8Array): { json: unknown; bytes: Uint8Array } {
  const view = new DataView(envelope.buffer, envelope.byteOffset, envelope.byteLength)
  const end = LENGTH_BYTES + view.getUint32(0, true)
  if (end > envelope.length) throw new RangeError("an envelope that is cut off")
  const text = new TextDecoder("utf-8", { fatal: true }).decode(
    envelope.subarray(LENGTH_BYTES, end),
  )
  return { json: JSON.parse(text), bytes: envelope.subarray(end) }
}
