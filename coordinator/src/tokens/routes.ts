/** The operator's routes over workers' tokens. */
import { CreateWorkerToken, ListWorkerTokens, RevokeWorkerToken } from "@outlayer/protocol"
import { addRoute, type App } from "@outlayer/service"
import type { TokenStore } from "./store.ts"

export function tokenRoutes(app: App, tokens: TokenStore): void {
  addRoute(app, ListWorkerTokens, async () => ({
    tokens: await tokens.list(),
  }))

  addRoute(app, CreateWorkerToken, ({ body }) => tokens.create(body.worker_name))

  addRoute(app, RevokeWorkerToken, async ({ query }) => ({
    revoked: await tokens.revoke(query.token_hash),
  }))
}
