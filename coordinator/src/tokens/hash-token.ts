import type { Sha256Hex } from "@outlayer/protocol"
import { sha256Hex } from "@outlayer/protocol/sealing/node"

/** As scripts do it: SHA-256 of the token's text, in lower-case hex. */
export function hashToken(token: string): Sha256Hex {
  return sha256Hex(Buffer.from(token))
}
