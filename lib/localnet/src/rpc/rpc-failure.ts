/** An error as the RPC sends it. `httpStatus` as nearcore since 2.3. */
export class RpcFailure extends Error {
  readonly httpStatus: number
  readonly body: Record<string, unknown>

  constructor(httpStatus: number, body: Record<string, unknown>) {
    super(JSON.stringify(body))
    this.httpStatus = httpStatus
    this.body = body
  }
}

/** A typed error of a method; `data` is what old clients read. */
export function handlerError(name: string, info?: unknown, data?: unknown, httpStatus = 200) {
  const cause = info === undefined ? { name } : { name, info }
  const text = { code: -32000, message: "Server error", data: data ?? name }
  return new RpcFailure(httpStatus, { name: "HANDLER_ERROR", cause, ...text })
}

export function parseError(message: string): RpcFailure {
  const cause = { name: "PARSE_ERROR", info: { error_message: message } }
  const text = { code: -32700, message: "Parse error", data: message }
  return new RpcFailure(400, { name: "REQUEST_VALIDATION_ERROR", cause, ...text })
}

export function methodNotFound(method: string): RpcFailure {
  const cause = { name: "METHOD_NOT_FOUND", info: { method_name: method } }
  const text = { code: -32601, message: "Method not found", data: method }
  return new RpcFailure(400, { name: "REQUEST_VALIDATION_ERROR", cause, ...text })
}

export function internalError(message: string): RpcFailure {
  const cause = { name: "INTERNAL_ERROR", info: { error_message: message } }
  const text = { code: -32000, message: "Server error", data: message }
  return new RpcFailure(500, { name: "INTERNAL_ERROR", cause, ...text })
}

export function timeoutError(): RpcFailure {
  return handlerError("TIMEOUT_ERROR", undefined, "Timeout", 408)
}
