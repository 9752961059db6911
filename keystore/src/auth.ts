/** The bearer token: it keeps strangers from asking, and gives nobody a secret. */
import { createHash, timingSafeEqual } from "node:crypto"
import { OutlayerError } from "@outlayer/protocol"
import { readBearerToken } from "@outlayer/service"
import type { FastifyRequest } from "fastify"

export function requireToken(hashes: readonly string[]) {
  const allowed = hashes.map((hash) => Buffer.from(hash, "hex"))
  return async (request: FastifyRequest): Promise<void> => {
    const given = createHash("sha256").update(readBearerToken(request)).digest()
    if (!allowed.some((hash) => timingSafeEqual(hash, given))) {
      throw new OutlayerError("unauthorized", "This is not a token of the coordinator's")
    }
  }
}
