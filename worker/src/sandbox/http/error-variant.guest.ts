/** Failures as `wasi:http/types.error-code` has them. */
import { StreamFailure } from "../wasi/preview2/stream-failure.guest.ts"
import { HTTP_ERROR_CODES, type HttpErrorCode } from "./error-codes.ts"

export interface ErrorVariant {
  tag: HttpErrorCode
  /** Fields that nothing is known of: whoever reads them finds none. */
  val: object | bigint | number | undefined
}

/** A word that a transcript made up is none of WASI's. */
export function errorVariant(code: HttpErrorCode, val?: bigint | number): ErrorVariant {
  const tag = HTTP_ERROR_CODES.includes(code) ? code : "internal-error"
  const isRecord = tag === "DNS-error" || tag === "TLS-alert-received"
  return { tag, val: isRecord ? {} : val }
}

export function streamFailure(code: HttpErrorCode): StreamFailure {
  return new StreamFailure(code, { of: "http", code: errorVariant(code) })
}
