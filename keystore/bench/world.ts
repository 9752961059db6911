/** One worker, one secret and one request, on a chain that answers at once: what is left is our own work. */
import { AccountId, Sha256Hex } from "@outlayer/protocol"
import {
  type HashedRequest,
  hexOf,
  questionBytes,
  requestHash,
  sealSecrets,
} from "@outlayer/protocol/pure"
import { importSigningSeed, importVerifier, nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { Chain } from "../src/chain/chain.ts"
import type { Snapshot } from "../src/chain/snapshot.ts"
import { type Keyring, openKeyring } from "../src/keys/keyring.ts"

const NETWORK = "localnet"
export const CONTRACT = AccountId.parse("outlayer.near")
export const TOKEN = "token"
const COMMIT = "c0ffee".padEnd(40, "0")
const worker = importSigningSeed(new Uint8Array(32).fill(5))
const replyKey = hexOf(nodePrimitives.drawAgreementKey().publicKey)
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

/** Of a session that is open for good. */
export const session = {
  workerKey: worker.publicKey,
  measurement: "ab".repeat(32),
  verify: importVerifier(worker.publicKey) ?? (() => false),
  expiresAtNs: 2n ** 63n,
}

export function signedQuestion(sessionId: string, sequence: number) {
  const asked = {
    session_id: sessionId,
    sequence,
    contract_id: CONTRACT,
    request_id: 1,
    request_hash: Sha256Hex.parse(hash),
    commit: COMMIT,
    wasm_hash: Sha256Hex.parse("cd".repeat(32)),
    branches: ["main"],
    reply_key: replyKey,
  }
  const bytes = questionBytes(nodePrimitives, { network: NETWORK, ...asked })
  return { ...asked, signature: Buffer.from(worker.sign(bytes)).toString("base64") }
}

export function benchChain(keyring: Keyring): Chain {
  const scope = { repo: "github.com/owner/name", branch: null, owner: "alice.near" }
  const publicKey = keyring.scopeKey(scope, 1)?.publicKey ?? new Uint8Array()
  const context = { ...scope, network: NETWORK, contractId: CONTRACT, profile: "default" }
  const envelope = sealSecrets(
    nodePrimitives,
    { publicKey, epoch: 1, context: { ...context, kind: "stored" } },
    { OPENAI_KEY: "sk-0123456789abcdef0123456789abcdef" },
  )
  const views: Record<string, unknown> = {
    get_request: { ...request, request_hash: hash },
    get_secrets: {
      encrypted_secrets: Buffer.from(envelope).toString("base64"),
      access: { Whitelist: { accounts: ["app.near"] } },
      branch: null,
    },
    get_worker: {
      account_id: "operator.near",
      public_key: worker.publicKey,
      measurement: session.measurement,
      expires_at_ns: String(2n ** 63n),
      is_live: true,
      reason: null,
      root: "test",
    },
  }
  const snapshot: Snapshot = {
    block: { height: 1, hash: "1".repeat(32), timestampNs: BigInt(Date.now()) * 1_000_000n },
    view: async (_, method) => ({ ok: true, value: views[method] ?? null }),
    balance: async () => ({ ok: true, value: 1n }),
    hasFullAccess: async () => true,
  }
  const read = async () => snapshot
  return { snapshot: read, refresh: read, skewedSinceMs: () => undefined }
}
