/** A whole coordinator over a test's own database, listening on a free port, with a fake chain. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { callRoute, CreateWorkerToken, type Route, type RouteInput } from "@outlayer/protocol"
import { createLogger } from "@outlayer/service"
import { readConfig } from "../config.ts"
import { openCoordinator } from "../coordinator.ts"
import { COMMIT, CONTRACT, createFakeChain } from "./fake-chain.ts"

const ADMIN_TOKEN = "the-operators-own-token"

export async function openTestCoordinator(
  databaseUrl: string,
  env: NodeJS.ProcessEnv = {},
  chain = createFakeChain(),
) {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-coordinator-"))
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    QUEUE: "memory",
    ADMIN_BEARER_TOKEN: ADMIN_TOKEN,
    NEAR_RPC_URL: "http://127.0.0.1:1",
    OFFCHAINVM_CONTRACT_ID: CONTRACT,
    WASM_CACHE_DIR: folder,
    RATE_LIMIT_PER_MINUTE: "100000",
    ...env,
  })
  const coordinator = await openCoordinator(config, {
    chain,
    resolveCommit: async () => ({ commit: COMMIT }),
    log: createLogger("test", "silent"),
  })
  const baseUrl = await coordinator.app.listen({ host: "127.0.0.1", port: 0 })
  const admin = { baseUrl, token: ADMIN_TOKEN }
  const { token } = await callRoute(CreateWorkerToken, { body: { worker_name: "w" } }, admin)

  return {
    app: coordinator.app,
    chain,
    baseUrl,
    admin,
    token,
    folder,

    /** As a worker with a valid token. */
    call: <R extends Route>(route: R, input: RouteInput<R>, signal?: AbortSignal) =>
      callRoute(route, input, { baseUrl, token, ...(signal && { signal }) }),

    async [Symbol.asyncDispose]() {
      await coordinator[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
