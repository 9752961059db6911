/** From Node's errors to WASI's. */
import type { HttpErrorCode } from "./error-codes.ts"

export function tcpErrorCode(error: Error): HttpErrorCode {
  const code = codeOf(error)
  if (code === "ECONNREFUSED") return "connection-refused"
  if (code === "ETIMEDOUT") return "connection-timeout"
  if (code === "ECONNRESET" || code === "EPIPE") return "connection-terminated"
  return "destination-unavailable"
}

/** While the handshake lasts. */
export function tlsErrorCode(error: unknown): HttpErrorCode {
  const code = codeOf(error)
  if (code === "ECONNRESET" || code === "EPIPE" || code === "") return "connection-terminated"
  if (code.startsWith("ERR_SSL_")) {
    return code.includes("ALERT") ? "TLS-alert-received" : "TLS-protocol-error"
  }
  if (code === "EPROTO" || code.startsWith("ERR_OSSL_")) return "TLS-protocol-error"
  // What is left names what is wrong with the certificate: OpenSSL's X509_V_ERR_* and Node's own.
  return "TLS-certificate-error"
}

/** While the answer is awaited and read; `undefined` where it just stops. */
export function responseErrorCode(error: unknown): HttpErrorCode | undefined {
  const code = codeOf(error)
  if (code === "HPE_HEADER_OVERFLOW") return "HTTP-response-header-section-size"
  if (code === "HPE_INVALID_TRANSFER_ENCODING") return "HTTP-response-transfer-coding"
  // The parser's word for an end in the middle.
  if (code === "HPE_INVALID_EOF_STATE") return undefined
  if (code.startsWith("HPE_")) return "HTTP-protocol-error"
  return code.startsWith("ERR_SSL_") ? tlsErrorCode(error) : undefined
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : ""
}
