/** Workers, one secret and one request, on a chain that answers at once: what is left is our own work. */
import { AccountId, Sha256Hex } from "@outlayer/protocol"
import {
  type HashedRequest,
  hexOf,
  questionBytes,
  requestHash,
  sealSecrets,
  type SecretContext,
} from "@outlayer/protocol/pure"
import { importSigningSeed, importVerifier, nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { Chain } from "../src/chain/chain.ts"
import type { Snapshot } from "../src/chain/snapshot.ts"
import { type Keyring, openKeyring } from "../src/keys/keyring.ts"

const NETWORK = "localnet"
export const CONTRACT = AccountId.parse("outlayer.near")
export const TOKEN = "token"
const COMMIT = "c0ffee".padEnd(40, "0")
const MEASUREMENT = "ab".repeat(32)
/** Each question has a key of its own for the answer; workers draw them, not the keystore. */
const replyKeys = Array.from({ length: 256 }, () =>
  hexOf(nodePrimitives.drawAgreementKey().publicKey),
)
const request: HashedRequest = {
  request_id: 1,
  sender_id: "app.near",
  payer_account_id: "app.near",
  code_source: { repo: "owner/name", commit: COMMIT, build_target: "wasm32-wasip1" },
  resource_limits: {
    max_instructions: 1_000_000_000,
    max_memory_mb: 128,
    max_execution_seconds: 60,
    max_compile_seconds: 60,
  },
  input_data: "{}",
  response_format: "Text",
  with_status: false,
  secrets_ref: { profile: "default", account_id: "alice.near" },
  encrypted_secrets: null,
  payment: "1",
  timestamp: "1",
  http_hosts: null,
}
const hash = hexOf(requestHash(nodePrimitives, CONTRACT, request))

export function openBenchKeyring(): Promise<Keyring> {
  const read = async () => new Uint8Array(32).fill(7)
  const options = { network: NETWORK, contractId: CONTRACT, epoch: 1, oldestEpoch: 1 }
  return openKeyring({ name: "bench", read }, options)
}

export interface BenchWorker {
  publicKey: string
  sign: (bytes: Uint8Array) => Uint8Array
}

/** The same one for the same number, in every process. */
export function benchWorker(number: number): BenchWorker {
  return importSigningSeed(new Uint8Array(32).fill(number))
}

/** Of a session that is open for good. */
export function sessionOf({ publicKey: workerKey }: BenchWorker) {
  const verify = importVerifier(workerKey) ?? (() => false)
  return { workerKey, measurement: MEASUREMENT, verify, expiresAtNs: 2n ** 63n }
}

export function signedQuestion(worker: BenchWorker, sessionId: string, sequence: number) {
  const asked = {
    session_id: sessionId,
    sequence,
    contract_id: CONTRACT,
    request_id: 1,
    request_hash: Sha256Hex.parse(hash),
    commit: COMMIT,
    wasm_hash: Sha256Hex.parse("cd".repeat(32)),
    branches: ["main"],
    reply_key: replyKeys[sequence % replyKeys.length] ?? "",
  }
  const bytes = questionBytes(nodePrimitives, { network: NETWORK, ...asked })
  return { ...asked, signature: Buffer.from(worker.sign(bytes)).toString("base64") }
}

/** What the chain keeps, and what it takes to open it. */
export function benchSecret(keyring: Keyring) {
  const scope = { repo: "github.com/owner/name", branch: null, owner: "alice.near" }
  const key = keyring.scopeKey(scope, 1) ?? raise("no key of this epoch")
  const place = { ...scope, network: NETWORK, contractId: CONTRACT, profile: "default" }
  const context: SecretContext = { ...place, kind: "stored" }
  const to = { publicKey: key.publicKey, epoch: 1, context }
  const values = { OPENAI_KEY: "sk-0123456789abcdef0123456789abcdef" }
  return { key, context, envelope: sealSecrets(nodePrimitives, to, values) }
}

export function benchChain(keyring: Keyring): Chain {
  const { envelope } = benchSecret(keyring)
  const views: Record<string, unknown> = {
    get_request: { ...request, request_hash: hash },
    get_secrets: {
      encrypted_secrets: Buffer.from(envelope).toString("base64"),
      access: { Whitelist: { accounts: ["app.near"] } },
      branch: null,
    },
    get_worker: {
      account_id: "operator.near",
      public_key: benchWorker(0).publicKey,
      measurement: MEASUREMENT,
      expires_at_ns: String(2n ** 63n),
      is_live: true,
      reason: null,
      root: "test",
    },
  }
  const snapshot: Snapshot = {
    block: { height: 1, hash: "1".repeat(32), timestampNs: BigInt(Date.now()) * 1_000_000n },
    view: async (_, method) => ({ ok: true, value: views[method] ?? null }),
    viewText: async () => ({ ok: true, value: "null" }),
    balance: async () => ({ ok: true, value: 1n }),
    hasFullAccess: async () => true,
  }
  const read = async () => snapshot
  return { snapshot: read, refresh: read, skewedSinceMs: () => undefined }
}

function raise(problem: string): never {
  throw new Error(problem)
}
