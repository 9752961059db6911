/** The whole system on this machine: every process a real one, every port a free one. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { hasRedis, startPostgres, startRedis } from "@outlayer/testing/servers"
import { JsonRpcProvider } from "near-api-js"
import { type Accounts, createAccounts } from "./accounts.ts"
import { type Coordinator, startCoordinator } from "./coordinator.ts"
import { createHome } from "./home.ts"
import { publishExamples, type Repositories } from "./examples.ts"
import { type Chain, startLocalnet } from "./localnet.ts"
import type { Env, OnLog } from "./service.ts"
import { startWorker, type Worker } from "./worker.ts"

export interface StackOptions {
  onLog: OnLog
  /** Says what is being done. */
  onStep: (step: string) => void
  /** Blocks every so many milliseconds; without it, as soon as there is work. */
  blockMs?: number
  /** As soon as there is work, and else every `blockMs`. */
  instant?: boolean
  /** 200 on NEAR; instant blocks would be through with that in seconds. */
  yieldTimeoutBlocks?: number
  workers?: number
  workerEnv?: Env
  coordinatorEnv?: Env
  /** Redis where the machine has it, unless told. */
  queue?: "redis" | "memory"
  /** Ends the start: what stands by then is taken down. */
  signal?: AbortSignal
}

export interface Stack extends AsyncDisposable {
  provider: JsonRpcProvider
  chain: Chain
  accounts: Accounts
  repositories: Repositories
  queue: "redis" | "memory"
  postgres: Awaited<ReturnType<typeof startPostgres>>
  redis: Awaited<ReturnType<typeof startRedis>> | undefined
  coordinator: Coordinator
  workers: Worker[]
  /** One more worker, with a token, a key and a cache of its own. The first watches the chain. */
  addWorker(env?: Env): Promise<Worker>
}

/** Starts everything, deploys the contracts, publishes the examples. */
export async function startStack(options: StackOptions): Promise<Stack> {
  await using started = new AsyncDisposableStack()
  // What outlives this function, once all of it stands.
  let running: AsyncDisposableStack = started
  const { onLog, signal } = options
  const { path: home } = started.use(await createHome())
  const queue = options.queue ?? (hasRedis() ? "redis" : "memory")

  step("starting Postgres, the queue and a local NEAR chain")
  const [postgres, redis, chain, repositories] = await Promise.all([
    startPostgres(process.env["DATABASE_URL"]).then((server) => started.use(server)),
    queue === "redis" ? startRedis().then((server) => started.use(server)) : undefined,
    startLocalnet(join(home, "chain"), options).then((server) => started.use(server)),
    publishExamples(join(home, "repositories")),
  ])

  step("creating accounts, deploying the contracts")
  const provider = new JsonRpcProvider({ url: chain.url })
  const accounts = await createAccounts(provider, await readRootKey(join(home, "chain")))
  const world = { home, rpcUrl: chain.url, accounts, repositories, onLog }

  step("starting the coordinator and the worker")
  const coordinator = await startCoordinator(
    { ...world, databaseUrl: postgres.url, redisUrl: redis?.url },
    options.coordinatorEnv,
  )
  started.use(coordinator)

  const workers: Worker[] = []
  async function addWorker(env: Env = {}) {
    const name = `worker-${workers.length + 1}`
    const isMonitor = String(workers.length === 0)
    const worker = await startWorker(
      { ...world, name, coordinator },
      { ENABLE_EVENT_MONITOR: isMonitor, ...options.workerEnv, ...env },
    )
    workers.push(worker)
    running.use(worker)
    return worker
  }
  for (let i = 0; i < (options.workers ?? 1); i += 1) await addWorker()

  signal?.throwIfAborted()
  running = started.move()
  return {
    provider,
    chain,
    accounts,
    repositories,
    queue,
    postgres,
    redis,
    coordinator,
    workers,
    addWorker,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }

  function step(what: string): void {
    signal?.throwIfAborted()
    options.onStep(what)
  }
}

async function readRootKey(home: string) {
  const key: unknown = JSON.parse(await readFile(join(home, "validator_key.json"), "utf8"))
  const { account_id, secret_key } = key as { account_id: string; secret_key: string }
  return { accountId: account_id, secretKey: secret_key }
}
