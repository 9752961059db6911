/** What Node says of an answer, as the guest is told it. */
import { HttpError, type HttpErrorCode } from "./error-codes.ts"
import type { Header, HttpFailure } from "./exchange.ts"
import { isForbiddenHeader } from "./header-rules.ts"
import { responseErrorCode } from "./node-errors.ts"

/** Without those of the connection: a body comes without its framing. */
export function readHeaders(raw: readonly string[]): Header[] {
  const headers: Header[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = "", value = ""] = [raw[at]?.toLowerCase(), raw[at + 1]]
    if (!isForbiddenHeader(name)) headers.push([name, value])
  }
  return headers
}

/** `otherwise` is what it means that the connection is gone. */
export function failureOf(error: unknown, otherwise: HttpErrorCode): HttpFailure {
  if (error instanceof HttpError) return { kind: "failure", code: error.code }
  return { kind: "failure", code: responseErrorCode(error) ?? otherwise }
}
