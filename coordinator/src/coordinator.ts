/** What a coordinator is made of; `main.ts` and the tests put the world around it. */
import type { App, Logger } from "@outlayer/service"
import pg from "pg"
import { buildApp } from "./app.ts"
import { createAttestationStore } from "./attestations/store.ts"
import type { ChainReader } from "./chain.ts"
import type { Config } from "./config.ts"
import { openDb } from "./db.ts"
import { createExecutionStore } from "./executions/store.ts"
import { createLockStore } from "./locks/store.ts"
import { createMetricsOf } from "./metrics.ts"
import { migrateWhenUp } from "./migrate.ts"
import { startLoop } from "./loop.ts"
import { createMemoryQueue } from "./queue/memory-queue.ts"
import { openRedisQueue } from "./queue/redis-queue.ts"
import type { ResolveCommit } from "./repositories/resolve-commit.ts"
import { openTasks } from "./tasks/tasks.ts"
import { createTokenStore } from "./tokens/store.ts"
import { openWasmFiles } from "./wasm/files.ts"
import { createTranscriptStore } from "./transcripts/store.ts"
import { createWasmStore } from "./wasm/store.ts"
import { createCursorStore } from "./watchers/store.ts"
import { createWorkerStore } from "./workers/store.ts"

const GB = 1e9
const POOL_SIZE = 20
/** An expired transcript is not served any more; this is when it is gone. */
const EXPIRY_MS = 60_000

export interface Coordinator extends AsyncDisposable {
  app: App
}

/** Closes in reverse order: the app drains before its stores go. */
export async function openCoordinator(
  config: Config,
  deps: { chain: ChainReader; resolveCommit: ResolveCommit; log: Logger },
): Promise<Coordinator> {
  const { chain, resolveCommit, log } = deps
  const contractId = config.OFFCHAINVM_CONTRACT_ID
  await using stack = new AsyncDisposableStack()

  const pool = new pg.Pool({
    connectionString: config.DATABASE_URL.reveal(),
    max: POOL_SIZE,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
  })
  pool.on("error", (err) => log.warn({ err }, "database connection lost"))
  // While a client is lent out the pool does not listen, and an unheard error ends the process.
  pool.on("connect", (client) => client.on("error", () => {}))
  const db = stack.use(openDb(pool))
  await migrateWhenUp(pool, log)

  const redisUrl = config.QUEUE === "redis" ? config.REDIS_URL?.reveal() : undefined
  const queue = stack.use(redisUrl ? openRedisQueue({ url: redisUrl, log }) : createMemoryQueue())
  log.info({ queue: queue.name }, "queue open")

  const leaseSeconds = config.TASK_LEASE_SECONDS
  const tasks = stack.use(
    openTasks({ db, queue, chain, resolveCommit, contractId, leaseSeconds, log }),
  )
  const transcripts = createTranscriptStore(db, contractId)
  stack.use(
    startLoop({
      name: "transcripts",
      everyMs: EXPIRY_MS,
      log,
      async work() {
        const removed = await transcripts.removeExpired()
        if (removed > 0) log.info({ removed }, "transcripts expired")
      },
    }),
  )
  const files = await openWasmFiles(config.WASM_CACHE_DIR)
  const maxBytes = config.WASM_CACHE_MAX_SIZE_GB * GB
  const stores = {
    wasm: createWasmStore({ db, files, maxBytes, log }),
    executions: createExecutionStore(db, contractId),
    transcripts,
    attestations: createAttestationStore(db),
    locks: createLockStore(db),
    cursors: createCursorStore(db),
    workers: createWorkerStore(db),
    tokens: createTokenStore(db),
  }
  await stores.wasm.removeOrphans()
  const metrics = createMetricsOf({ queue, ...stores })
  const app = stack.adopt(
    await buildApp({ config, db, queue, chain, tasks, metrics, log, ...stores }),
    (opened) => opened.close(),
  )
  const owned = stack.move()
  return { app, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
