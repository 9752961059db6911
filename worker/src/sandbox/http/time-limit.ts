/** Work that ends in time, or as an `HttpError`. */
import { HttpError, type HttpErrorCode } from "./error-codes.ts"

/** `work` is given a signal that it must heed; nothing waits for it once that is aborted. */
export async function within<T>(
  milliseconds: number,
  code: HttpErrorCode,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new HttpError(code)), milliseconds)
  const signal = AbortSignal.any([outer, limit.signal])
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason as Error)
  signal.addEventListener("abort", abort)
  if (signal.aborted) abort()
  try {
    return await Promise.race([promise, work(signal)])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener("abort", abort)
  }
}
