/**
 * The network as a guest meets it: each exchange on a connection of its own, nothing followed,
 * decompressed, remembered or tried again.
 */
import {
  type ClientRequest,
  type IncomingMessage,
  request as sendRequest,
  type RequestOptions,
} from "node:http"
import type { Socket } from "node:net"
import type { SecureContext } from "node:tls"
import { HTTP_LIMITS } from "@outlayer/protocol/pure"
import type { Allow } from "./allow-list.ts"
import { parseAuthority, type Target, writeAuthority } from "./authority.ts"
import { type HttpLimits, whyNotRequest } from "./check-request.ts"
import { connect } from "./connect.ts"
import { HttpError } from "./error-codes.ts"
import type { HttpClient, HttpRequest, HttpResponse } from "./exchange.ts"
import { CONTENT_LENGTH } from "./header-rules.ts"
import { failureOf, readHeaders } from "./node-response.ts"
import { type Resolve, resolveTarget } from "./resolve.ts"
import { ResponseBody } from "./response-body.ts"
import { within } from "./time-limit.ts"

export interface ClientOptions {
  allow: Allow
  isAllowedPrivate: (address: string) => boolean
  resolve: Resolve
  secureContext: SecureContext
  limits?: HttpLimits
}

/** Of requests that name none. */
const USER_AGENT = "near-outlayer"
/** Nothing has to say that nothing follows. */
const WITHOUT_BODY = new Set(["GET", "HEAD", "DELETE", "OPTIONS"])

export function createClient({ limits = HTTP_LIMITS, ...options }: ClientOptions): HttpClient {
  return {
    async exchange(request, outer) {
      const life = new AbortController()
      const late = () => life.abort(new HttpError("HTTP-response-timeout"))
      const timer = setTimeout(late, limits.requestMs)
      const signal = AbortSignal.any([outer, life.signal])
      const end = () => clearTimeout(timer)
      try {
        return await send(request, { ...options, limits }, { signal, end })
      } catch (error) {
        end()
        return failureOf(error, "connection-terminated")
      }
    },
  }
}

/** Of one exchange. */
interface Life {
  signal: AbortSignal
  /** To be called when nothing is left to wait for. */
  end: () => void
}

async function send(
  request: HttpRequest,
  options: ClientOptions & { limits: HttpLimits },
  life: Life,
): Promise<HttpResponse> {
  const { limits, allow } = options
  const { scheme, timeouts } = request
  const code = whyNotRequest(request, limits)
  if (code) throw new HttpError(code)
  const target = parseAuthority(request.authority, scheme)
  if (!target || !allow(target, scheme)) throw new HttpError("HTTP-request-denied")

  const connectMs = shorter(timeouts.connectMs, limits.connectMs)
  const socket = await within(connectMs, "connection-timeout", life.signal, (inTime) =>
    open(target, scheme === "https", options, inTime),
  )
  const betweenBytesMs = shorter(timeouts.betweenBytesMs, limits.betweenBytesMs)
  const read = (message: IncomingMessage) => readResponse(message, betweenBytesMs, life)
  const firstByteMs = shorter(timeouts.firstByteMs, limits.firstByteMs)
  return within(firstByteMs, "connection-read-timeout", life.signal, (inTime) => {
    const sent = sendRequest({
      ...writeRequest(request, target),
      createConnection: () => socket,
      maxHeaderSize: limits.responseHeaderBytes,
      insecureHTTPParser: false,
    })
    return untilHead(sent.end(request.body), read, inTime)
  })
}

async function open(
  target: Target,
  isSecure: boolean,
  { resolve, isAllowedPrivate, secureContext }: ClientOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const addresses = await resolveTarget(target, resolve, isAllowedPrivate)
  signal.throwIfAborted()
  const destination = { target, addresses, secureContext: isSecure ? secureContext : undefined }
  return connect(destination, signal)
}

function writeRequest(
  { method, scheme, path, headers: given, body }: HttpRequest,
  target: Target,
): RequestOptions {
  const headers = [
    ["host", writeAuthority(target, scheme)],
    ["connection", "close"],
    ...(given.some(([name]) => name === "user-agent") ? [] : [["user-agent", USER_AGENT]]),
    ...given.filter(([name]) => name !== CONTENT_LENGTH),
  ]
  if (body.length > 0 || !WITHOUT_BODY.has(method)) {
    headers.push([CONTENT_LENGTH, String(body.length)])
  }
  return { method, path, headers: headers.flat() }
}

async function untilHead(
  sent: ClientRequest,
  read: (message: IncomingMessage) => HttpResponse,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>()
  // Bytes are the limit. Node would drop what is beyond a number without a word.
  sent.maxHeadersCount = 0
  sent.once("response", (message) => {
    // What is wrong with a body is said here; the message itself knows only that it was cut off.
    sent.on("error", (error) => message.destroy(error))
    // At once: an end may be on its way already.
    resolve(read(message))
  })
  sent.once("upgrade", () => reject(new HttpError("HTTP-upgrade-failed")))
  sent.on("error", reject)
  const abort = () => sent.destroy()
  signal.addEventListener("abort", abort)
  if (signal.aborted) abort()
  try {
    return await promise
  } catch (error) {
    sent.destroy()
    throw error
  } finally {
    signal.removeEventListener("abort", abort)
  }
}

function readResponse(
  message: IncomingMessage,
  betweenBytesMs: number,
  { signal, end }: Life,
): HttpResponse {
  message.once("close", end)
  const { statusCode = 0, rawHeaders } = message
  const body = new ResponseBody(message, betweenBytesMs, signal)
  return { kind: "response", status: statusCode, headers: readHeaders(rawHeaders), body }
}

function shorter(asked: number | undefined, ours: number): number {
  return Math.min(asked ?? ours, ours)
}
