/** `fetch` over WASI's HTTP: it returns when the answer's head is there. Which hosts answer is the worker's word. */
import handler from "wasi:http/outgoing-handler@0.2.6"
import http, { type Fields, type IncomingResponse } from "wasi:http/types@0.2.6"
import { GuestPromise } from "./promise.ts"
import { requireRun } from "./stage.ts"
import { readToEnd, writeAll } from "./streams.ts"
import { GuestTextDecoder, GuestTextEncoder } from "./text.ts"

type HeadersGiven = GuestHeaders | Record<string, string> | Iterable<[string, string]>

interface RequestGiven {
  method?: string
  headers?: HeadersGiven
  body?: string | ArrayBuffer | ArrayBufferView
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]

export class GuestHeaders {
  readonly #values = new Map<string, string>()

  constructor(given: HeadersGiven = {}) {
    const entries = Symbol.iterator in given ? given : Object.entries(given)
    for (const [name, value] of entries) this.append(name, value)
  }

  append(name: string, value: string): void {
    const old = this.get(name)
    this.set(name, old === null ? String(value) : `${old}, ${value}`)
  }

  set(name: string, value: string): void {
    this.#values.set(String(name).toLowerCase(), String(value).trim())
  }

  get(name: string): string | null {
    return this.#values.get(String(name).toLowerCase()) ?? null
  }

  has(name: string): boolean {
    return this.#values.has(String(name).toLowerCase())
  }

  delete(name: string): void {
    this.#values.delete(String(name).toLowerCase())
  }

  forEach(visit: (value: string, name: string) => void): void {
    for (const [name, value] of this) visit(value, name)
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.#values.entries()
  }

  entries(): IterableIterator<[string, string]> {
    return this.#values.entries()
  }
}

export class GuestResponse {
  readonly status: number
  readonly headers: GuestHeaders
  readonly url: string
  readonly #incoming: IncomingResponse
  bodyUsed = false

  constructor(incoming: IncomingResponse, url: string) {
    const decoder = new GuestTextDecoder()
    const entries = incoming.headers().entries()
    this.status = incoming.status()
    this.headers = new GuestHeaders(
      entries.map(([name, value]) => [name, decoder.decode(Uint8Array.from(value))]),
    )
    this.url = url
    this.#incoming = incoming
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  bytes(): GuestPromise<unknown> {
    return GuestPromise.try(() => this.#read())
  }

  arrayBuffer(): GuestPromise<unknown> {
    return GuestPromise.try(() => this.#read().buffer)
  }

  text(): GuestPromise<unknown> {
    return GuestPromise.try(() => new GuestTextDecoder().decode(this.#read()))
  }

  json(): GuestPromise<unknown> {
    return this.text().then((text: string) => JSON.parse(text) as unknown)
  }

  #read(): Uint8Array {
    if (this.bodyUsed) throw new TypeError("The body has been read")
    this.bodyUsed = true
    return readToEnd(this.#incoming.consume().stream())
  }
}

/** Redirects are not followed: the answer with its `location` is what comes back. */
export function guestFetch(given: unknown, request: RequestGiven = {}): GuestPromise<unknown> {
  return GuestPromise.try(() => exchange(String(given), request))
}

function exchange(url: string, { method = "GET", headers, body }: RequestGiven): GuestResponse {
  requireRun("fetch")
  const parts = /^(https?):\/\/([^/?#@\s]+)([^#]*)/i.exec(url)
  if (!parts) throw new TypeError(`No address that can be fetched: ${url}`)
  const [, scheme = "", authority = "", path = ""] = parts
  const given = new GuestHeaders(headers)
  if (typeof body === "string" && !given.has("content-type")) {
    given.set("content-type", "text/plain;charset=UTF-8")
  }
  const request = new http.OutgoingRequest(fieldsOf(given))
  request.setMethod(methodOf(method))
  request.setScheme({ tag: scheme.toLowerCase() === "https" ? "HTTPS" : "HTTP" })
  request.setAuthority(authority)
  request.setPathWithQuery(path.startsWith("/") ? path : `/${path}`)
  const outgoing = request.body()
  const future = started(url, () => handler.handle(request, null))
  if (body !== undefined) {
    using stream = outgoing.write()
    writeAll(stream, bytesOf(body))
  }
  http.OutgoingBody.finish(outgoing, null)
  future.subscribe().block()
  const result = future.get()
  const answer = result?.tag === "ok" ? result.val : undefined
  if (answer?.tag === "ok") return new GuestResponse(answer.val, url)
  throw new TypeError(`fetch failed: ${url}: ${answer?.val.tag ?? "no answer"}`)
}

function started<T>(url: string, handle: () => T): T {
  try {
    return handle()
  } catch (error) {
    const payload: unknown = Reflect.get(Object(error), "payload") ?? error
    const code: unknown = Reflect.get(Object(payload), "tag") ?? payload
    throw new TypeError(`fetch failed: ${url}: ${String(code)}`)
  }
}

function fieldsOf(headers: GuestHeaders): Fields {
  const encoder = new GuestTextEncoder()
  return http.Fields.fromList([...headers].map(([name, value]) => [name, encoder.encode(value)]))
}

function methodOf(method: string): { tag: string; val?: string } {
  const upper = method.toUpperCase()
  return METHODS.includes(upper) ? { tag: upper.toLowerCase() } : { tag: "other", val: method }
}

function bytesOf(body: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof body === "string") return new GuestTextEncoder().encode(body)
  if (body instanceof ArrayBuffer) return new Uint8Array(body)
  return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
}
