/** `wasi:http` as a component's glue sees it, over a worker whose answers are written down. */
import { createHost } from "../wasi/preview2/host.fixture.ts"
import { createPreview2 } from "../wasi/preview2/preview2.guest.ts"
import { type HttpAnswer, readEnvelope, writeEnvelope } from "./channel.ts"
import { GuestHttp } from "./guest-http.guest.ts"

type Scripted = HttpAnswer | { bytes: string }
export const SENT: HttpAnswer = { kind: "sent" }
export const HEAD: HttpAnswer = { kind: "head", status: 201, headers: [["x-a", "\xe4"]] }
export const END: HttpAnswer = { kind: "end", trailers: [] }
export const DROPPED: HttpAnswer = { kind: "dropped" }

export function open(answers: readonly Scripted[]) {
  const { host } = createHost()
  const rest = answers.values()
  const asked: object[] = []
  host.http = new GuestHttp(host.fuel, (question) => {
    const { json, bytes } = readEnvelope(question)
    const isSend = (json as { ask: string }).ask === "send"
    asked.push({ ...(json as object), ...(isSend && { body: Buffer.from(bytes).toString() }) })
    const answer = rest.next().value
    if (!answer) throw new Error("asked for too much")
    return "bytes" in answer
      ? writeEnvelope({ kind: "bytes" }, Buffer.from(answer.bytes))
      : writeEnvelope(answer)
  })
  const interfaces = createPreview2(host)
  const http = interfaces["wasi:http/types"] as never as Types
  const { handle } = interfaces["wasi:http/outgoing-handler"] as never as Handler
  const future = (authority: string) => {
    const request = newRequest(http)
    request.setAuthority(authority)
    return handle(request)
  }
  const ask = (asking: Future): Response => {
    const answer = asking.get()?.val
    if (answer?.tag !== "ok") throw new Error(JSON.stringify(answer))
    return answer.val as Response
  }
  return { host, interfaces, http, handle, asked, future, ask }
}

export function newRequest(http: Types, headers: [string, string][] = []): Request {
  return new http.OutgoingRequest(
    http.Fields.fromList(headers.map(([name, value]) => [name, Buffer.from(value)])),
  )
}

/** What the glue makes the result's error. */
export function thrown(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    if (error instanceof Error && error.name === "Failed") return Reflect.get(error, "payload")
    throw error
  }
  throw new Error("nothing was thrown")
}

/** As much of the interface as the tests use, as the glue would see it. */
export interface Types {
  Fields: {
    new (): Fields
    fromList(entries: [string, Uint8Array][]): Fields
  }
  OutgoingRequest: new (fields: Fields) => Request
  OutgoingBody: { finish(body: object, trailers: Fields | undefined): void }
  RequestOptions: new () => { setConnectTimeout(ns: bigint | undefined): void }
  IncomingBody: {
    finish(body: object): { get(): { val?: { val?: Fields } } | undefined }
  }
  httpErrorCode(error: object): unknown
}
export interface Handler {
  handle: (request: Request, options?: object) => Future
}
interface Fields {
  get(name: string): Uint8Array[]
  has(name: string): boolean
  set(name: string, values: Uint8Array[]): void
  delete(name: string): void
  append(name: string, value: Uint8Array): void
  entries(): [string, Uint8Array][]
  clone(): Fields
}
interface Pollable {
  ready(): boolean
  block(): void
}
interface Request {
  body(): { write(): Output; [Symbol.dispose](): void }
  headers(): Fields
  method(): unknown
  setMethod(method: object): void
  scheme(): unknown
  setScheme(scheme: object | undefined): void
  authority(): unknown
  setAuthority(authority: string | undefined): void
  pathWithQuery(): unknown
  setPathWithQuery(path: string | undefined): void
}
interface Output {
  write(bytes: Uint8Array): void
  blockingWriteAndFlush(bytes: Uint8Array): void
  subscribe(): Pollable
}
interface Future {
  subscribe(): Pollable
  get(): { tag: string; val?: { tag: string; val: unknown } } | undefined
  [Symbol.dispose](): void
}
interface Response {
  status(): number
  headers(): Fields
  consume(): { stream(): { blockingRead(length: bigint): Uint8Array }; [Symbol.dispose](): void }
  [Symbol.dispose](): void
}
