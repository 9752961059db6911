/** The whole system on this machine: every process a real one, every port a free one. */
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { hasRedis, startPostgres, startRedis } from "@outlayer/testing/servers"
import { createSigner, openChain } from "@outlayer/near"
import { openVault, type Vault } from "@outlayer/secrets"
import { type Account, JsonRpcProvider } from "near-api-js"
import { type Accounts, addFullKey, openAccounts, setUpContracts } from "./accounts.ts"
import { type Coordinator, startCoordinator } from "./coordinator.ts"
import { createHome } from "./home.ts"
import { publishExamples, type Repositories } from "./examples.ts"
import { type Keystore, startKeystore } from "./keystore.ts"
import { type Chain, startLocalnet } from "./localnet.ts"
import { type Machines, startMachines } from "./machines.ts"
import { asLine, type Env, type OnLog, type OnSecret } from "./service.ts"
import { startWorker, type Worker } from "./worker.ts"

export interface StackOptions {
  /** Gets whatever any of the processes prints. */
  onLog: OnLog
  /** Gets what no log may hold. */
  onSecret?: OnSecret
  /** Says what is being done. */
  onStep: (step: string) => void
  /** Blocks every so many milliseconds; without it, as soon as there is work. */
  blockMs?: number
  /** As soon as there is work, and else every `blockMs`. */
  instant?: boolean
  /** 200 on NEAR; instant blocks would be through with that in seconds. */
  yieldTimeoutBlocks?: number
  workers?: number
  /** With SIMULATED machines, a register and a keystore: for what needs secrets. */
  tee?: boolean
  workerEnv?: Env
  coordinatorEnv?: Env
  keystoreEnv?: Env
  /** Stands between the coordinator and all who speak to it; gets its address. */
  between?: (coordinatorUrl: string) => Promise<AsyncDisposable & { url: string }>
  /** Through which keystore and worker read what a secret depends on; gets the chain's address. */
  endpoints?: (chainUrl: string) => Promise<AsyncDisposable & Quorum>
  /** Redis where the machine has it, unless told. */
  queue?: "redis" | "memory"
  /** Ends the start: what stands by then is taken down. */
  signal?: AbortSignal
}

interface Quorum {
  urls: readonly string[]
  quorum: number
}

export interface Stack extends AsyncDisposable {
  provider: JsonRpcProvider
  chain: Chain
  accounts: Accounts
  machines: Machines | undefined
  repositories: Repositories
  queue: "redis" | "memory"
  postgres: Awaited<ReturnType<typeof startPostgres>>
  redis: Awaited<ReturnType<typeof startRedis>> | undefined
  coordinator: Coordinator
  keystore: Keystore | undefined
  workers: Worker[]
  /** The secrets of an account, where there is a keystore. */
  openVault(owner: Account): Promise<Vault>
  /** One more worker, with a token, a key and a cache of its own. The first watches the chain. */
  addWorker(env?: Env): Promise<Worker>
}

/** Starts everything, deploys the contracts, publishes the examples. */
export async function startStack(options: StackOptions): Promise<Stack> {
  await using started = new AsyncDisposableStack()
  // What outlives this function, once all of it stands.
  let running: AsyncDisposableStack = started
  const { onLog, onSecret = () => {}, signal } = options
  const { path: home } = started.use(await createHome())
  const queue = options.queue ?? (hasRedis() ? "redis" : "memory")

  step("starting Postgres, the queue and a local NEAR chain")
  const [machines, postgres, redis, chain, repositories] = await Promise.all([
    options.tee ? startMachines(home, onLog).then((machines) => started.use(machines)) : undefined,
    startPostgres(process.env["DATABASE_URL"], asLine("postgres", onLog)).then((server) =>
      started.use(server),
    ),
    queue === "redis"
      ? startRedis(asLine("redis", onLog)).then((server) => started.use(server))
      : undefined,
    startLocalnet(join(home, "chain"), { ...options, onSecret }).then((server) =>
      started.use(server),
    ),
    publishExamples(join(home, "repositories")),
  ])

  const provider = new JsonRpcProvider({ url: chain.url })
  const accounts = openAccounts(provider, chain.first, machines !== undefined)
  const world = { home, rpcUrl: chain.url, accounts, machines, repositories, onLog, onSecret }

  const endpoints = await options.endpoints?.(chain.url)
  if (endpoints) started.use(endpoints)
  const quorum: Env = endpoints
    ? { NEAR_RPC_URLS: endpoints.urls.join(), NEAR_RPC_QUORUM: String(endpoints.quorum) }
    : {}

  step("setting up the contracts")
  /** What the coordinator shows the keystore. */
  const token = randomBytes(24).toString("hex")
  const contractsReady = setUpContracts(accounts, machines)
  // It publishes its keys; a coordinator wants to know its keystore, and no more.
  const keystore = machines && (await contractsReady.then(launchKeystore))

  step(`starting the coordinator and the worker${machines ? ", in a SIMULATED machine" : ""}`)
  const [coordinator] = await Promise.all([launchCoordinator(), contractsReady])
  signal?.throwIfAborted()
  const between = await options.between?.(coordinator.url)
  if (between) started.use(between)
  const coordinatorUrl = between?.url ?? coordinator.url

  const workers: Worker[] = []
  async function addWorker(env: Env = {}) {
    const name = `worker-${workers.length + 1}`
    const isMonitor = String(workers.length === 0)
    const worker = await startWorker(
      { ...world, name, coordinator },
      {
        API_BASE_URL: coordinatorUrl,
        ENABLE_EVENT_MONITOR: isMonitor,
        ...quorum,
        ...options.workerEnv,
        ...env,
      },
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
    machines,
    repositories,
    queue,
    postgres,
    redis,
    coordinator,
    keystore,
    workers,
    openVault: openVaultOf,
    addWorker,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }

  async function openVaultOf(owner: Account): Promise<Vault> {
    if (!accounts.tee) throw new Error("There is no keystore without `tee`")
    const reader = openChain(chain.url)
    return openVault({
      chain: reader,
      // This very machine's.
      witnesses: reader,
      signer: createSigner(reader, owner.accountId, await addFullKey(owner)),
      coordinatorUrl,
      outlayerId: accounts.outlayer.accountId,
      registerId: accounts.tee.register.accountId,
    })
  }

  async function launchCoordinator(): Promise<Coordinator> {
    const servers = { databaseUrl: postgres.url, redisUrl: redis?.url }
    const secrets = { keystore: keystore && { url: keystore.url, token } }
    const all = { ...world, ...servers, ...secrets }
    return started.use(await startCoordinator(all, options.coordinatorEnv))
  }

  async function launchKeystore(): Promise<Keystore | undefined> {
    signal?.throwIfAborted()
    if (!machines || !accounts.tee) return undefined
    const outlayerId = accounts.outlayer.accountId
    const all = { ...world, machines, token, outlayerId, accounts: accounts.tee }
    return started.use(await startKeystore(all, { ...quorum, ...options.keystoreEnv }))
  }

  function step(what: string): void {
    signal?.throwIfAborted()
    options.onStep(what)
  }
}
