/** Where a request says that its program may send HTTP. */
import { LIMITS } from "./constants.ts"

// Names and IPv4 addresses. Each character can be matched in one way only, so the time is linear.
const HTTP_HOST = /^[a-z\d]+(?:-+[a-z\d]+)*(?:\.[a-z\d]+(?:-+[a-z\d]+)*)*(?::[1-9]\d{0,4})?$/

/** `host` or `host:port`, in lower case, without a trailing dot. */
export function isHttpHost(text: string): boolean {
  if (text.length > LIMITS.httpHostBytes || !HTTP_HOST.test(text)) return false
  const [, port = "1"] = text.split(":")
  return Number(port) <= 65_535
}
