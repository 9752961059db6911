/** As the engine's bindings show the interfaces of `world.wit`. */
interface Pollable {
  block(): void
}
interface InputStream {
  blockingRead(length: number): Uint8Array
}
interface OutputStream {
  blockingWriteAndFlush(contents: Uint8Array): void
}

declare module "wasi:cli/environment@0.2.6" {
  const environment: { getEnvironment(): [string, string][] }
  export default environment
}
declare module "wasi:cli/stdin@0.2.6" {
  const stdin: { getStdin(): InputStream }
  export default stdin
}
declare module "wasi:cli/stdout@0.2.6" {
  const stdout: { getStdout(): OutputStream }
  export default stdout
}
declare module "wasi:cli/stderr@0.2.6" {
  const stderr: { getStderr(): OutputStream }
  export default stderr
}
declare module "wasi:clocks/monotonic-clock@0.2.6" {
  /** In nanoseconds. */
  const clock: { now(): number; subscribeDuration(nanoseconds: number): Pollable }
  export default clock
}
declare module "wasi:random/random@0.2.6" {
  const random: { getRandomBytes(length: number): Uint8Array }
  export default random
}
declare module "wasi:http/types@0.2.6" {
  export class Fields {
    static fromList(entries: [string, Uint8Array][]): Fields
    entries(): [string, Uint8Array][]
  }
  export class OutgoingRequest {
    constructor(headers: Fields)
    body(): OutgoingBody
    setMethod(method: { tag: string; val?: string }): void
    setPathWithQuery(path: string): void
    setScheme(scheme: { tag: "HTTP" | "HTTPS" }): void
    setAuthority(authority: string): void
  }
  export class OutgoingBody {
    static finish(body: OutgoingBody, trailers: null): void
    write(): OutputStream & Disposable
  }
  export class IncomingResponse {
    status(): number
    headers(): Fields
    consume(): { stream(): InputStream }
  }
  export interface Result {
    tag: "ok" | "err"
    val: { tag: "ok"; val: IncomingResponse } | { tag: "err"; val: { tag: string; val?: unknown } }
  }
  const types: {
    Fields: typeof Fields
    OutgoingRequest: typeof OutgoingRequest
    OutgoingBody: typeof OutgoingBody
  }
  export default types
}
declare module "wasi:http/outgoing-handler@0.2.6" {
  import type { OutgoingRequest, Result } from "wasi:http/types@0.2.6"
  const handler: {
    handle(request: OutgoingRequest, options: null): { subscribe(): Pollable; get(): Result | null }
  }
  export default handler
}
