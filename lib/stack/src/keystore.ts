/** The keystore in a process of its own, reached through the coordinator. */
import { createHash } from "node:crypto"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { addFullKey, type TeeAccounts } from "./accounts.ts"
import type { Machines } from "./machines.ts"
import { type Env, type OnLog, type OnSecret, startService } from "./service.ts"

const MAIN = fileURLToPath(import.meta.resolve("@outlayer/keystore"))

export interface KeystoreOptions {
  home: string
  rpcUrl: string
  outlayerId: string
  accounts: TeeAccounts
  machines: Machines
  /** What the coordinator shows it. */
  token: string
  onLog: OnLog
  onSecret: OnSecret
}

export interface Keystore extends AsyncDisposable {
  url: string
  /** Kills it, and starts it again where it was; with `env`, not quite as it was. */
  restart(env?: Env): Promise<void>
}

export async function startKeystore(options: KeystoreOptions, env: Env = {}): Promise<Keystore> {
  const { home, rpcUrl, outlayerId, accounts, machines, token, onLog, onSecret } = options
  const key = await addFullKey(accounts.keystore)
  let server = await start("0")
  const { port } = new URL(server.url)
  return {
    url: server.url,
    async restart(changed) {
      await server.crash()
      server = await start(port, changed)
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }

  function start(onPort: string, changed: Env = {}) {
    return startService({
      command: [process.execPath, MAIN],
      env: {
        SERVER_HOST: "127.0.0.1",
        SERVER_PORT: onPort,
        // One endpoint is no quorum: a simulated machine alone may be set up so.
        NEAR_RPC_URLS: rpcUrl,
        NEAR_RPC_QUORUM: "1",
        OFFCHAINVM_CONTRACT_ID: outlayerId,
        REGISTER_CONTRACT_ID: accounts.register.accountId,
        KEYSTORE_ACCOUNT_ID: accounts.keystore.accountId,
        KEYSTORE_PRIVATE_KEY: key,
        ALLOWED_WORKER_TOKEN_HASHES: createHash("sha256").update(token).digest("hex"),
        TEE_MODE: "simulated",
        TEE_TEST_ROOT: machines.rootCertificate,
        DSTACK_SOCKET: machines.sockets.keystore,
        RECORDS_FILE: join(home, "keystore-records.jsonl"),
        ...env,
        ...changed,
      },
      ready: "listening",
      onLog,
      onSecret,
    })
  }
}
