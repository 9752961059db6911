/** What may stand in a header. Worker and child load this file: the child tells the guest, the worker makes sure. */
import type { Header } from "./exchange.ts"

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i
/** RFC 9110, 5.5: no control characters, so no line ends. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Of the connection, which is the worker's business. */
const FORBIDDEN = new Set([
  "connection",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
])

/** A guest may state the length, and it is checked; what is sent is the worker's own count. */
export const CONTENT_LENGTH = "content-length"

export function isHeaderName(name: string): boolean {
  return NAME.test(name)
}

export function isHeaderValue(value: string): boolean {
  return VALUE.test(value)
}

export function isForbiddenHeader(name: string): boolean {
  return FORBIDDEN.has(name.toLowerCase())
}

/** As HTTP/1.1 writes them. */
export function headerBytes(headers: readonly Header[]): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0)
}
