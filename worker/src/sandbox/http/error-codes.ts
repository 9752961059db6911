/** What can go wrong, in the words of `wasi:http/types`. Worker and child load this file. */

export const HTTP_ERROR_CODES = [
  "DNS-timeout",
  "DNS-error",
  "destination-unavailable",
  "destination-IP-prohibited",
  "connection-refused",
  "connection-terminated",
  "connection-timeout",
  "connection-read-timeout",
  "connection-limit-reached",
  "TLS-protocol-error",
  "TLS-certificate-error",
  "TLS-alert-received",
  "HTTP-request-denied",
  "HTTP-request-body-size",
  "HTTP-request-method-invalid",
  "HTTP-request-URI-invalid",
  "HTTP-request-URI-too-long",
  "HTTP-request-header-section-size",
  "HTTP-request-trailer-section-size",
  "HTTP-response-incomplete",
  "HTTP-response-header-section-size",
  "HTTP-response-body-size",
  "HTTP-response-transfer-coding",
  "HTTP-response-timeout",
  "HTTP-upgrade-failed",
  "HTTP-protocol-error",
  "internal-error",
] as const

export type HttpErrorCode = (typeof HTTP_ERROR_CODES)[number]

/** Inside our own code; whoever asks is given a failure. */
export class HttpError extends Error {
  override readonly name = "HttpError"
  readonly code: HttpErrorCode

  constructor(code: HttpErrorCode, options?: ErrorOptions) {
    super(code, options)
    this.code = code
  }
}
