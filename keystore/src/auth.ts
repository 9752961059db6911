/** The bearer token: it keeps strangers from asking, and gives nobody a secret. */
import { createHash, timingSafeEqual } from "node:crypto"
import { OutlayerError } from "@outlayer/protocol"
import type { FastifyRequest } from "fastify"

export function requireToken(hashes: readonly string[]) {
  const allowed = hashes.map((hash) => Buffer.from(hash, "hex"))
  return async ({ headers }: FastifyRequest): Promise<void> => {
    const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? ""
    const given = createHash("sha256").update(token).digest()
    if (!allowed.some((hash) => timingSafeEqual(hash, given))) {
      throw new OutlayerError("unauthorized", "Send `Authorization: Bearer <token>`")
    }
  }
}
