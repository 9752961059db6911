/** A chain with our contracts, simulated machines, endpoints that can lie, and a keystore over all of it. */
import { createHash } from "node:crypto"
import { join } from "node:path"
import { collateralArguments, createDstackClient } from "@outlayer/attestation"
import {
  createCollateral,
  createPki,
  type GuestAgentOptions,
  keyOriginOf,
  readMeasurement,
  startGuestAgent,
} from "@outlayer/attestation/simulator"
import type { KeystoreIdentity } from "@outlayer/protocol"
import {
  sealSecrets,
  type SecretContext,
  type SecretValues,
  workerReportData,
} from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import { createLogger } from "@outlayer/service"
import { readConfig } from "../config.ts"
import { openKeystore } from "../keystore.ts"
import { startEndpoint, type TestEndpoint } from "@outlayer/testing/endpoints"
import { call, send, startLocalnet, type TestAccount } from "./localnet.ts"
import { createTestWorker, type TestWorker } from "./test-worker.ts"

const SEED = Buffer.from("machines of the keystore's tests")
const TOKEN = "the-coordinators-token"
export const WORKER_COMPOSE = "aa".repeat(32)
const KEYSTORE_COMPOSE = "bb".repeat(32)
export const REPO = "github.com/owner/name"
export const COMMIT = "c0ffee".padEnd(40, "0")
export const WASM_HASH = "ab".repeat(32)

interface Asked {
  request_id: number
  request_hash: string
}

export type TestWorld = Awaited<ReturnType<typeof openTestWorld>>

export async function openTestWorld() {
  await using stack = new AsyncDisposableStack()
  const chain = stack.use(await startLocalnet())
  const names = [
    "outlayer",
    "register",
    "keystore",
    "operator",
    "alice",
    "app",
    "assets",
    "proxy",
  ] as const
  const accounts = {} as Record<(typeof names)[number], TestAccount>
  for (const name of names) accounts[name] = await chain.create(name)
  const id = (name: (typeof names)[number]) => accounts[name].account.accountId

  const pki = createPki(SEED)
  const testRoot = Buffer.from(pki.root.certificate).toString("base64")
  const agents = {
    worker: join(chain.home, "worker.sock"),
    keystore: join(chain.home, "keystore.sock"),
  }
  const boots = { worker: WORKER_COMPOSE, keystore: KEYSTORE_COMPOSE }
  for (const role of ["worker", "keystore"] as const) {
    stack.use(
      await startGuestAgent(agents[role], { seed: SEED, boot: { composeHash: boots[role] } }),
    )
  }
  const machine = createDstackClient({ socketPath: agents.worker })
  await deployContracts()

  const endpoints = await Promise.all([0, 1, 2].map(() => startEndpoint(chain.url)))
  for (const endpoint of endpoints) stack.use(endpoint)
  const [first, second, third] = endpoints as [TestEndpoint, TestEndpoint, TestEndpoint]
  const owned = stack.move()
  let running: { baseUrl: string; identity: KeystoreIdentity } | undefined

  const world = {
    chain,
    accounts,
    id,
    endpoints: { first, second, third },
    machine,
    token: TOKEN,
    env: configOf(),

    /** Listens on a free port; `env` changes its environment. */
    async startKeystore(env: NodeJS.ProcessEnv = {}, nowMs?: () => number) {
      const log = createLogger("test", "silent")
      const keystore = await openKeystore(readConfig({ ...configOf(), ...env }), log, nowMs)
      const baseUrl = await keystore.app.listen({ host: "127.0.0.1", port: 0 })
      const headers = { authorization: `Bearer ${TOKEN}` }
      const health = await fetch(`${baseUrl}/health`, { headers })
      const { keystore: identity } = (await health.json()) as { keystore: KeystoreIdentity }
      running = { baseUrl, identity }
      return Object.assign(keystore, running)
    },

    /** With a key that the chain knows, unless told. */
    async createWorker({ registered = true } = {}): Promise<TestWorker> {
      const { baseUrl } = running ?? raise("no keystore is running")
      const worker = createTestWorker(machine, { baseUrl, token: TOKEN })
      if (registered) await registerWorker(worker.publicKey)
      return worker
    },

    /** Seals for the running keystore and stores it on chain. */
    async store(
      values: SecretValues,
      {
        owner = "alice",
        branch = null,
        profile = "default",
        access = "AllowAll" as unknown,
      }: {
        owner?: (typeof names)[number]
        branch?: string | null
        profile?: string
        access?: unknown
      } = {},
    ): Promise<void> {
      const scope = new URLSearchParams({ repo: REPO, owner: id(owner) })
      if (branch !== null) scope.set("branch", branch)
      const { baseUrl } = running ?? raise("no keystore is running")
      const headers = { authorization: `Bearer ${TOKEN}` }
      const reply = await fetch(`${baseUrl}/pubkey?${scope.toString()}`, { headers })
      const { pubkey, epoch } = (await reply.json()) as { pubkey: string; epoch: number }
      const context: SecretContext = {
        network: "localnet",
        contractId: id("outlayer"),
        kind: "stored",
        repo: REPO,
        branch,
        owner: id(owner),
        profile,
      }
      const publicKey = new Uint8Array(Buffer.from(pubkey, "hex"))
      const envelope = sealSecrets(nodePrimitives, { publicKey, epoch, context }, values)
      const encrypted_secrets_base64 = Buffer.from(envelope).toString("base64")
      const args = { repo: REPO, branch, profile, encrypted_secrets_base64, access }
      await call(accounts[owner], id("outlayer"), "store_secrets", args, "1")
    },

    /** Asks for an execution, and returns what the chain made of it. */
    async request({
      sender = "app",
      commit = COMMIT,
      profile = "default",
      owner = "alice",
      byProxy = false,
      ...more
    }: {
      sender?: (typeof names)[number]
      commit?: string
      profile?: string
      owner?: (typeof names)[number]
      secrets_ref?: object | null
      encrypted_secrets?: string
      input_data?: string
      /** Through a client contract, which is then the predecessor. */
      byProxy?: boolean
    } = {}): Promise<Asked> {
      const secrets_ref = { profile, account_id: id(owner) }
      const code_source = { repo: "https://github.com/Owner/Name.git", commit }
      const stats = await chain.view(id("outlayer"), "get_stats")
      const { next_request_id: request_id } = stats as { next_request_id: number }
      const args = byProxy
        ? { ...code_source, secrets_ref, input: "{}", ...more }
        : { code_source, secrets_ref, input_data: "{}", ...more }
      const target = byProxy ? id("proxy") : id("outlayer")
      const method = byProxy ? "ask" : "request_execution"
      await send(accounts[sender], target, method, args, "0.3")
      for (;;) {
        const found = await chain.view(id("outlayer"), "get_request", { request_id })
        if (found) return { request_id, request_hash: (found as Asked).request_hash }
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },

    registerWorker,

    /** Another machine under the same root. */
    async startMachine(name: string, options: Omit<GuestAgentOptions, "seed">) {
      const socketPath = join(chain.home, `${name}.sock`)
      owned.use(await startGuestAgent(socketPath, { seed: SEED, ...options }))
      return createDstackClient({ socketPath })
    },

    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
  return world

  async function registerWorker(public_key: string): Promise<void> {
    const begun = await call(accounts.operator, id("register"), "begin_registration", {
      public_key,
    })
    const { nonce } = begun as { nonce: string }
    const statement = { network: "localnet", register: id("register"), public_key, nonce }
    const { quote, eventLog } = await machine.getQuote(workerReportData(nodePrimitives, statement))
    await call(accounts.operator, id("register"), "register_worker_key", {
      public_key,
      tdx_quote_hex: Buffer.from(quote).toString("hex"),
      event_log: JSON.stringify(eventLog),
    })
  }

  async function deployContracts(): Promise<void> {
    const outlayer_contract_id = id("outlayer")
    await chain.deploy(accounts.outlayer, "outlayer", { owner_id: outlayer_contract_id })
    await chain.deploy(accounts.register, "register", {
      outlayer_contract_id,
      init_account_id: id("operator"),
      test_root_certificate: testRoot,
    })
    await chain.deploy(accounts.proxy, "caller", { outlayer_id: outlayer_contract_id }, "init")
    const assets = { owner_id: id("assets") }
    await chain.deploy(accounts.assets, "test_assets", {
      ft: { ...assets, total_supply: "1000" },
      nft: assets,
      dao: { ...assets, config: {}, policy: [id("assets")] },
    })
    const keystore = { keystore_account_id: id("keystore") }
    const own = (name: "outlayer" | "register", method: string, args: object) =>
      call(accounts[name], id(name), method, args)
    await own("outlayer", "set_register_contract", { register_contract_id: id("register") })
    await own("outlayer", "set_keystore_account", keystore)
    await own("register", "set_keystore_account", keystore)
    const { quote } = await machine.getQuote(new Uint8Array(64))
    const measured = readMeasurement(quote)
    for (const role of ["worker", "keystore"] as const) {
      const compose_hash = boots[role]
      const origin = role === "keystore" ? keyOriginOf({ composeHash: compose_hash }) : {}
      const approved = { role, ...measured, compose_hash, ...origin, label: "simulated" }
      await own("register", "add_approved_measurements", approved)
    }
    const collateral = createCollateral(pki, Math.floor(Date.now() / 1_000) - 3_600)
    const args = collateralArguments(collateral)
    await call(accounts.operator, id("register"), "update_collateral", args, "1")
  }

  function configOf(): NodeJS.ProcessEnv {
    return {
      NEAR_RPC_URLS: endpoints.map(({ url }) => url).join(","),
      NEAR_RPC_QUORUM: "2",
      OFFCHAINVM_CONTRACT_ID: id("outlayer"),
      REGISTER_CONTRACT_ID: id("register"),
      KEYSTORE_ACCOUNT_ID: id("keystore"),
      KEYSTORE_PRIVATE_KEY: accounts.keystore.secretKey,
      ALLOWED_WORKER_TOKEN_HASHES: createHash("sha256").update(TOKEN).digest("hex"),
      TEE_MODE: "simulated",
      DSTACK_SOCKET: agents.keystore,
      TEE_TEST_ROOT: testRoot,
      RECORDS_FILE: join(chain.home, "records.jsonl"),
      RATE_LIMIT_PER_MINUTE: "100000",
    }
  }
}

function raise(problem: string): never {
  throw new Error(problem)
}
