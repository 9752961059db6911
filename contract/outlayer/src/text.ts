/** What must be known of a text before it becomes bytes, at a few operations a character. */
import type { Host } from "./host.ts"

/** Whether a text has more bytes than that in UTF-8. Counted only where it could. */
export function isLonger(host: Host, text: string, bytes: number): boolean {
  if (text.length > bytes) return true
  // One UTF-16 unit makes at most three bytes.
  return text.length * 3 > bytes && host.utf8(text).length > bytes
}

/** Whether no surrogate stands alone. An expression that looks for one costs 50 Tgas for 64 KiB. */
export function isWellFormed(text: string): boolean {
  try {
    encodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
