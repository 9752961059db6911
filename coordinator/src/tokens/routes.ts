/** The operator's routes over workers' tokens. */
import {
  CreateWorkerToken,
  ListWorkerTokens,
  RevokeWorkerToken,
  Sha256Hex,
} from "@outlayer/protocol"
import { addRoute, type App } from "@outlayer/service"
import type { TokenStore } from "./store.ts"

export function tokenRoutes(app: App, tokens: TokenStore): void {
  addRoute(app, ListWorkerTokens, async () => ({
    tokens: (await tokens.list()).map((token) => ({
      ...token,
      token_hash: Sha256Hex.parse(token.token_hash),
    })),
  }))

  addRoute(app, CreateWorkerToken, async ({ body }) => {
    const { token, token_hash } = await tokens.create(body.worker_name)
    return { token, token_hash: Sha256Hex.parse(token_hash) }
  })

  addRoute(app, RevokeWorkerToken, async ({ query }) => ({
    revoked: await tokens.revoke(query.token_hash),
  }))
}
