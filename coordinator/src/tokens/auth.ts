/** Who may call: workers by a token of the table, the operator by the one of the environment. */
import { timingSafeEqual } from "node:crypto"
import { OutlayerError } from "@outlayer/protocol"
import { readBearerToken, type Secret } from "@outlayer/service"
import type { FastifyRequest } from "fastify"
import { hashToken } from "./hash-token.ts"
import type { TokenStore } from "./store.ts"

type Check = (request: FastifyRequest) => Promise<void>

export function requireWorker(tokens: TokenStore): Check {
  return async (request) => {
    if (!(await tokens.isActive(readBearerToken(request)))) {
      throw new OutlayerError("unauthorized", "This token is not, or no longer, a worker's")
    }
  }
}

export function requireAdmin(adminToken: Secret): Check {
  const expected = Buffer.from(hashToken(adminToken.reveal()))
  return async (request) => {
    // Hashes have one length, which the comparison needs, and it takes the same time always.
    if (!timingSafeEqual(Buffer.from(hashToken(readBearerToken(request))), expected)) {
      throw new OutlayerError("unauthorized", "This is not the admin's token")
    }
  }
}
