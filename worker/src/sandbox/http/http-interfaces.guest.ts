/** `wasi:http`: programs that ask, not those that serve. */
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { Failed } from "../wasi/preview2/failed.guest.ts"
import type { Interface } from "../wasi/preview2/guard.guest.ts"
import { Resource } from "../wasi/preview2/resource.guest.ts"
import type { Maker, StreamError } from "../wasi/preview2/streams.guest.ts"
import { HostTrap } from "../wasi/stop.guest.ts"
import { whyNotRequest } from "./check-request.ts"
import { errorVariant } from "./error-variant.guest.ts"
import type { HttpRequest, Scheme } from "./exchange.ts"
import { fieldsClass } from "./fields.guest.ts"
import { GuestHttp } from "./guest-http.guest.ts"
import { CONTENT_LENGTH } from "./header-rules.ts"
import { incomingClasses, type Sending } from "./incoming.guest.ts"
import {
  type OutgoingRequest,
  outgoingClasses,
  type Upload,
  type WasiScheme,
} from "./outgoing.guest.ts"
import { type RequestOptions, requestOptionsClass } from "./request-options.guest.ts"

/** A server's: named by those who were built with both halves, and never made. */
class IncomingRequest extends Resource {}

export function httpInterfaces(maker: Maker): Record<string, Interface> {
  const { host } = maker
  const http = host.http ?? new GuestHttp(host.fuel, undefined)
  const Fields = fieldsClass(maker)
  const { OutgoingBody, OutgoingRequest } = outgoingClasses(maker, http, Fields)
  const incoming = incomingClasses(maker, Fields)
  class ResponseOutparam extends Resource {
    static set(): never {
      throw new HostTrap("there is nobody to answer")
    }
  }
  class OutgoingResponse extends Resource {
    constructor() {
      super(maker.live)
      throw new HostTrap("there is nobody to answer")
    }
  }

  function handle(request: OutgoingRequest, options: RequestOptions | undefined) {
    const { upload, scheme, authority = "", ...rest } = request.parts
    const timeouts = options?.timeouts ?? {}
    request[Symbol.dispose]()
    options?.[Symbol.dispose]()
    const head = { ...rest, authority, scheme: schemeOf(scheme), timeouts }
    return new incoming.FutureIncomingResponse(send(http, head, upload))
  }

  const classes = {
    Fields,
    RequestOptions: requestOptionsClass(maker),
    OutgoingBody,
    OutgoingRequest,
    ...incoming,
    IncomingRequest,
    OutgoingResponse,
    ResponseOutparam,
  }
  return {
    "wasi:http/types": {
      ...(classes as never as Interface),
      httpErrorCode: ({ reason }: StreamError) => (reason?.of === "http" ? reason.code : undefined),
    },
    "wasi:http/outgoing-handler": { handle },
  }
}

/** Says at once what is wrong, but of a body that is still to come. */
function send(
  http: GuestHttp,
  head: Omit<HttpRequest, "body">,
  upload: Upload | undefined,
): Sending {
  if (!upload || upload.state === "finished") {
    const sent = http.send({ ...head, body: upload?.body ?? new Uint8Array(0) })
    if (typeof sent === "string") throw new Failed(errorVariant(sent))
    return { sent, giveUp() {} }
  }
  const headers = head.headers.filter(([name]) => name !== CONTENT_LENGTH)
  const code = whyNotRequest({ ...head, headers, body: new Uint8Array(0) }, HTTP_LIMITS)
  if (code) throw new Failed(errorVariant(code))
  return new Waiting(http, head, upload)
}

class Waiting implements Sending {
  readonly #upload: Upload
  #sent: Sending["sent"]

  constructor(http: GuestHttp, head: Omit<HttpRequest, "body">, upload: Upload) {
    this.#upload = upload
    upload.onFinish = (body) => (this.#sent ??= http.send({ ...head, body }))
  }

  get sent(): Sending["sent"] {
    // Dropped and not finished: such a body is broken.
    if (this.#upload.state === "dropped") this.#sent ??= "HTTP-protocol-error"
    return this.#sent
  }

  /** As if the server had waited with us. */
  giveUp(): void {
    this.#sent ??= "connection-read-timeout"
  }
}

function schemeOf(scheme: WasiScheme | undefined): Scheme {
  if (scheme?.tag === "other") throw new Failed(errorVariant("HTTP-request-URI-invalid"))
  return scheme?.tag === "HTTP" ? "http" : "https"
}
