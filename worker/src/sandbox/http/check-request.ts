/**
 * What is wrong with a request, before anybody is asked. The child tells its guest, and the worker
 * looks again.
 */
import type { HTTP_LIMITS } from "@outlayer/protocol/pure"
import { parseAuthority } from "./authority.ts"
import type { HttpErrorCode } from "./error-codes.ts"
import type { HttpRequest } from "./exchange.ts"
import {
  CONTENT_LENGTH,
  headerBytes,
  isForbiddenHeader,
  isHeaderName,
  isHeaderValue,
} from "./header-rules.ts"

export type HttpLimits = typeof HTTP_LIMITS

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/
/** A tunnel, and an echo of what the guest did not write. */
const NO_METHODS = new Set(["CONNECT", "TRACE", "TRACK"])
/** Nothing that is longer is looked at. */
const MAX_LOOKED_AT = 65_536
/** Visible characters, and none that starts a fragment. */
const PATH = /^\/[\x21\x22\x24-\x7e]*$/

export function whyNotRequest(
  { method, scheme, authority, path, headers, body }: HttpRequest,
  limits: HttpLimits,
): HttpErrorCode | undefined {
  if (!isMethod(method) || NO_METHODS.has(method.toUpperCase()))
    return "HTTP-request-method-invalid"
  if (path.length > limits.pathBytes) return "HTTP-request-URI-too-long"
  if (!isPath(path) || !parseAuthority(authority, scheme)) return "HTTP-request-URI-invalid"
  if (headerBytes(headers) > limits.requestHeaderBytes) return "HTTP-request-header-section-size"
  if (!headers.every(([name, value]) => isPlainHeader(name, value))) return "HTTP-request-denied"
  const isTooLong = body.length > limits.requestBodyBytes
  const isAsStated = headers
    .filter(([name]) => name === CONTENT_LENGTH)
    .every(([, value]) => value === String(body.length))
  return isTooLong || !isAsStated ? "HTTP-request-body-size" : undefined
}

export function isMethod(method: string): boolean {
  return METHOD.test(method)
}

export function isPath(path: string): boolean {
  return path.length <= MAX_LOOKED_AT && PATH.test(path)
}

function isPlainHeader(name: string, value: string): boolean {
  const isLower = name === name.toLowerCase()
  return isLower && isHeaderName(name) && isHeaderValue(value) && !isForbiddenHeader(name)
}
