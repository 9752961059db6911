import { OutlayerError } from "@outlayer/protocol"
import type { FastifyRequest } from "fastify"

/** What a caller shows of himself. Throws `unauthorized` where that is nothing. */
export function readBearerToken({ headers }: FastifyRequest): string {
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1]
  if (!token) throw new OutlayerError("unauthorized", "Send `Authorization: Bearer <token>`")
  return token
}
