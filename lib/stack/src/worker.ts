/** A worker in a process of its own, with a token and an access key that no other has. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { callRoute, CreateWorkerToken } from "@outlayer/protocol"
import { type Accounts, addFullKey, addWorkerKey, type TeeAccounts } from "./accounts.ts"
import type { Coordinator } from "./coordinator.ts"
import type { Repositories } from "./examples.ts"
import type { Machines } from "./machines.ts"
import { type Env, type OnLog, type OnSecret, startService } from "./service.ts"

const MAIN = fileURLToPath(import.meta.resolve("@outlayer/worker"))

export interface WorkerOptions {
  name: string
  home: string
  rpcUrl: string
  accounts: Accounts
  repositories: Repositories
  coordinator: Pick<Coordinator, "url" | "adminToken">
  machines: Machines | undefined
  onLog: OnLog
  onSecret: OnSecret
}

export interface Worker extends AsyncDisposable {
  name: string
  /** Kills it. */
  crash(): Promise<void>
  /** Kills it, and starts it again as it was. */
  restart(): Promise<void>
}

export async function startWorker(options: WorkerOptions, env: Env): Promise<Worker> {
  const { name, home, rpcUrl, accounts, repositories, coordinator, machines } = options
  const { onLog, onSecret } = options
  const admin = { baseUrl: coordinator.url, token: coordinator.adminToken }
  const { token } = await callRoute(CreateWorkerToken, { body: { worker_name: name } }, admin)
  const settings = {
    API_BASE_URL: coordinator.url,
    API_AUTH_TOKEN: token,
    NEAR_RPC_URL: rpcUrl,
    NEARDATA_API_URL: rpcUrl,
    OFFCHAINVM_CONTRACT_ID: accounts.outlayer.accountId,
    ...(accounts.tee && machines && env["TEE_MODE"] !== "none"
      ? await insideMachine(accounts.tee, machines)
      : await asOperator(accounts)),
    // The weakest that are accepted; what is reached stands in the log.
    SANDBOX_MIN_LEVEL: "process",
    COMPILATION_MODE: canConfineBuilds() ? "sandbox" : "native",
    GIT_CONFIG_GLOBAL: repositories.configFile,
    ALLOW_LOCAL_REPOSITORIES: "true",
    METERED_CACHE_DIR: join(home, "metered"),
    WORKER_ID: name,
    ...env,
  }
  let server = await start()
  return {
    name,
    crash: () => server.crash(),
    async restart() {
      await server.crash()
      server = await start()
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }

  function start() {
    return startService({
      command: [process.execPath, MAIN],
      env: settings,
      ready: "ready",
      onLog: (line, text) => onLog({ ...line, worker: name }, text),
      onSecret,
    })
  }
}

async function asOperator(accounts: Accounts): Promise<Env> {
  return {
    OPERATOR_ACCOUNT_ID: accounts.operator.accountId,
    OPERATOR_PRIVATE_KEY: await addWorkerKey(accounts),
  }
}

async function insideMachine({ register, init }: TeeAccounts, { sockets }: Machines): Promise<Env> {
  return {
    TEE_MODE: "simulated",
    DSTACK_SOCKET: sockets.worker,
    REGISTER_CONTRACT_ID: register.accountId,
    INIT_ACCOUNT_ID: init.accountId,
    INIT_ACCOUNT_PRIVATE_KEY: await addFullKey(init),
  }
}

/** Where bubblewrap is missing, or may not make namespaces, builds have weaker walls. */
function canConfineBuilds(): boolean {
  const args = ["--unshare-all", "--ro-bind", "/", "/", "true"]
  hasBubblewrap ??= spawnSync("bwrap", args, { stdio: "ignore" }).status === 0
  return hasBubblewrap
}

let hasBubblewrap: boolean | undefined
