import Fastify, { type FastifyBaseLogger, type FastifyInstance } from "fastify"
import { z, ZodError } from "zod"
import { addNeardata } from "../neardata/routes.ts"
import { health, networkInfo, status } from "./blocks.ts"
import type { Node } from "./method.ts"
import { METHODS } from "./methods.ts"
import { internalError, methodNotFound, parseError, RpcFailure } from "./rpc-failure.ts"
import { sendJson } from "./send-json.ts"

/** As large as nearcore's `json_payload_max_size`: a contract in base64, with room. */
const MAX_BODY_BYTES = 10 * 1024 * 1024

const Envelope = z.object({
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
  params: z.unknown(),
})

/** JSON-RPC and neardata, open to every origin. */
export function buildApp(node: Node, log: FastifyBaseLogger): FastifyInstance {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    // Held requests end when the chain does; others must not keep a dying process.
    forceCloseConnections: true,
  })
  addCors(app)
  // Clients of old send JSON under any name.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body))
  app.post("/", async (request, reply) => {
    const { httpStatus, body } = await answer(node, String(request.body), log)
    return sendJson(reply, httpStatus, body)
  })
  app.get("/status", (_request, reply) => sendJson(reply, 200, status(node, [])))
  app.get("/health", (_request, reply) => sendJson(reply, 200, health(node, [])))
  app.get("/network_info", (_request, reply) => sendJson(reply, 200, networkInfo(node, [])))
  addNeardata(app, node)
  return app
}

async function answer(node: Node, text: string, log: FastifyBaseLogger) {
  let id: string | number | null = null
  try {
    const envelope = Envelope.parse(parseJson(text))
    id = envelope.id ?? null
    const method = METHODS.get(envelope.method)
    if (method === undefined) throw methodNotFound(envelope.method)
    const result = await method(node, envelope.params)
    return { httpStatus: 200, body: { jsonrpc: "2.0", result, id } }
  } catch (error) {
    const failure = failureOf(error, log)
    return { httpStatus: failure.httpStatus, body: { jsonrpc: "2.0", error: failure.body, id } }
  }
}

function failureOf(error: unknown, log: FastifyBaseLogger): RpcFailure {
  if (error instanceof RpcFailure) return error
  if (error instanceof ZodError) return parseError(`Failed parsing args: ${z.prettifyError(error)}`)
  log.error({ err: error }, "request failed")
  return internalError(error instanceof Error ? error.message : String(error))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw parseError(`Failed parsing args: ${String(error)}`)
  }
}

function addCors(app: FastifyInstance): void {
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("access-control-allow-origin", "*")
  })
  app.options("/*", (_request, reply) =>
    reply
      .header("access-control-allow-methods", "GET, POST")
      .header("access-control-allow-headers", "*")
      .code(204)
      .send(),
  )
}
