/** `wasi:http/types`: a request, from its parts to the moment when its body is whole. */
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { Failed } from "../wasi/preview2/failed.guest.ts"
import { Resource } from "../wasi/preview2/resource.guest.ts"
import { type Maker, OutputStream } from "../wasi/preview2/streams.guest.ts"
import { HostTrap } from "../wasi/stop.guest.ts"
import { Gathered } from "../wasi/gathered.guest.ts"
import type { Sink } from "../wasi/streams.guest.ts"
import { parseAuthority } from "./authority.ts"
import { isMethod, isPath } from "./check-request.ts"
import { errorVariant, streamFailure } from "./error-variant.guest.ts"
import type { Fields, FieldsClass } from "./fields.guest.ts"
import type { GuestHttp } from "./guest-http.guest.ts"
import { CONTENT_LENGTH } from "./header-rules.ts"

type Method = { tag: string; val?: undefined } | { tag: "other"; val: string }
export type WasiScheme = { tag: "HTTP" | "HTTPS"; val?: undefined } | { tag: "other"; val: string }

const METHODS = "get head post put delete connect options trace patch".split(" ")

/** What a guest writes before the request is sent. */
export class Upload implements Sink {
  readonly #http: GuestHttp
  readonly #bytes = new Gathered()
  state: "open" | "finished" | "dropped" = "open"
  /** Called once, with all of it. */
  onFinish: ((body: Uint8Array) => void) | undefined

  constructor(http: GuestHttp) {
    this.#http = http
  }

  get length(): number {
    return this.#bytes.length
  }

  get body(): Uint8Array {
    return this.#bytes.all
  }

  write(bytes: Uint8Array): void {
    if (this.state !== "open") throw new Failed({ tag: "closed" })
    const length = this.length + bytes.length
    if (length > HTTP_LIMITS.requestBodyBytes || !this.#http.keep(bytes.length))
      throw streamFailure("HTTP-request-body-size")
    this.#bytes.add(bytes)
  }

  finish(): void {
    this.state = "finished"
    this.onFinish?.(this.body)
  }
}

export function outgoingClasses(maker: Maker, http: GuestHttp, Fields: FieldsClass) {
  class OutgoingBody extends Resource {
    readonly #upload: Upload
    /** What the request said of it. */
    readonly #stated: string | undefined
    #isTaken = false

    constructor(upload: Upload, stated: string | undefined) {
      super(maker.live)
      this.#upload = upload
      this.#stated = stated
    }

    override [Symbol.dispose](): void {
      super[Symbol.dispose]()
      if (this.#upload.state === "open") this.#upload.state = "dropped"
    }

    write(): OutputStream {
      if (this.#isTaken) throw new Failed(undefined)
      this.#isTaken = true
      return new OutputStream(maker, this.#upload)
    }

    static finish(body: OutgoingBody, trailers: Fields | undefined): void {
      const upload = body.#upload
      try {
        const { length } = upload
        // None can be sent.
        if (trailers && trailers.headers.length > 0)
          throw new Failed(errorVariant("HTTP-request-trailer-section-size", 0))
        if (body.#stated !== undefined && body.#stated !== String(length))
          throw new Failed(errorVariant("HTTP-request-body-size", BigInt(length)))
        if (upload.state === "open") upload.finish()
      } finally {
        body[Symbol.dispose]()
        trailers?.[Symbol.dispose]()
      }
    }
  }

  class OutgoingRequest extends Resource {
    /** Its own now: what it holds counts until the request is gone. */
    readonly #fields: Fields
    #method: Method = { tag: "get" }
    #path: string | undefined
    #scheme: WasiScheme | undefined
    #authority: string | undefined
    #upload: Upload | undefined

    constructor(headers: Fields) {
      super(maker.live)
      // The glue calls constructors with what a component says that they take.
      if (!(headers instanceof Fields) || !Resource.isReal(headers))
        throw new HostTrap("a request without headers")
      this.#fields = headers
    }

    override [Symbol.dispose](): void {
      super[Symbol.dispose]()
      this.#fields[Symbol.dispose]()
    }

    body(): OutgoingBody {
      if (this.#upload) throw new Failed(undefined)
      this.#upload = new Upload(http)
      const stated = this.#fields.headers.find(([name]) => name === CONTENT_LENGTH)?.[1]
      return new OutgoingBody(this.#upload, stated)
    }

    method(): Method {
      return this.#method
    }

    setMethod(method: Method): void {
      const isKnown = METHODS.includes(method.tag) || isMethod(method.val ?? "")
      if (!isKnown) throw new Failed(undefined)
      this.#method = method
    }

    pathWithQuery(): string | undefined {
      return this.#path
    }

    setPathWithQuery(path: string | undefined): void {
      if (path !== undefined && !isPath(withSlash(path))) throw new Failed(undefined)
      this.#path = path
    }

    scheme(): WasiScheme | undefined {
      return this.#scheme
    }

    setScheme(scheme: WasiScheme | undefined): void {
      if (scheme?.tag === "other" && !/^[a-z][a-z0-9+.-]{0,31}$/i.test(scheme.val))
        throw new Failed(undefined)
      this.#scheme = scheme
    }

    authority(): string | undefined {
      return this.#authority
    }

    setAuthority(authority: string | undefined): void {
      if (authority !== undefined && !parseAuthority(authority, "https"))
        throw new Failed(undefined)
      this.#authority = authority
    }

    headers(): Fields {
      return Fields.fromHeaders(this.#fields.headers)
    }

    /** What goes out, and the body that it waits for, where the guest has begun one. */
    get parts() {
      const { tag, val } = this.#method
      return {
        method: val ?? tag.toUpperCase(),
        scheme: this.#scheme,
        authority: this.#authority,
        path: withSlash(this.#path ?? ""),
        headers: this.#fields.headers,
        upload: this.#upload,
      }
    }
  }

  return { OutgoingBody, OutgoingRequest }
}

export type OutgoingRequest = InstanceType<ReturnType<typeof outgoingClasses>["OutgoingRequest"]>

/** Of an empty path the slash is left out, also before a query. */
function withSlash(path: string): string {
  return path === "" || path.startsWith("?") ? `/${path}` : path
}
