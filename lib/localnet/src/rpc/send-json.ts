import type { FastifyReply } from "fastify"

/** Not by fastify's serialiser: `JSON.rawJSON` must come through. */
export function sendJson(reply: FastifyReply, httpStatus: number, body: unknown): FastifyReply {
  return reply.code(httpStatus).type("application/json").send(JSON.stringify(body))
}
