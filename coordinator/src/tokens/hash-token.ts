import { createHash } from "node:crypto"

/** As scripts do it: SHA-256 of the token's text, in lower-case hex. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex")
}
