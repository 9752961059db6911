/** From a taken challenge to a session: every check in the order in which it costs little. */
import {
  type OpenSession,
  OutlayerError,
  type RegisteredWorker,
  type RouteInput,
} from "@outlayer/protocol"
import { sessionGrantBytes, sessionReportData, sessionRequestBytes } from "@outlayer/protocol/pure"
import { importVerifier, nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { Chain } from "../chain/chain.ts"
import { type Accounts, openContracts } from "../chain/outlayer.ts"
import { readRules } from "../chain/rules.ts"
import type { Keyring } from "../keys/keyring.ts"
import type { Challenges } from "./challenges.ts"
import { judgeWorker } from "./judge-worker.ts"
import { SESSION_SECONDS, type Sessions } from "./sessions.ts"

const NS = 1_000_000_000n

export interface SessionOptions {
  challenges: Challenges
  sessions: Sessions
  chain: Chain
  accounts: Accounts
  keyring: Keyring
  /** SHA-256 of the root certificate that quotes must chain to, hex. */
  root: string
}

/** Throws `challenge_invalid`, `signature_invalid`, `attestation_refused`, `chain_unavailable`. */
export async function openSession(
  options: SessionOptions,
  body: RouteInput<typeof OpenSession>["body"],
) {
  const { challenges, sessions, chain, accounts, keyring, root } = options
  // First of all, and before anything is awaited: it is used, whatever comes of the rest.
  const { nonce } = challenges.take(body.challenge_id, body.worker_key)
  const reportData = sessionReportData(nodePrimitives, {
    network: keyring.network,
    contract_id: accounts.outlayer,
    register_id: accounts.register,
    keystore_key: keyring.signing.publicKey,
    challenge_id: body.challenge_id,
    nonce,
    worker_nonce: body.worker_nonce,
    worker_key: body.worker_key,
  })
  const quote = new Uint8Array(Buffer.from(body.quote, "hex"))
  const verify = importVerifier(body.worker_key)
  const signed = sessionRequestBytes(nodePrimitives, reportData, quote)
  if (!verify?.(signed, Buffer.from(body.signature, "base64"))) {
    throw new OutlayerError("signature_invalid", "Not signed by the worker's key")
  }

  // Read now: a worker comes here as soon as it is registered.
  const snapshot = await chain.refresh()
  const contracts = openContracts(snapshot, accounts)
  const registered = requireLive(await contracts.workerKey(body.worker_key), snapshot.block)
  const rules = await readRules(contracts, accounts.register, snapshot, root)
  const judged = await judgeWorker({ quote, eventLog: body.event_log, reportData }, rules)

  const { measurement } = registered
  if (!judged.measurementIds.includes(measurement)) {
    throw new OutlayerError("attestation_refused", "measurement: not the one that was registered")
  }
  const ends = [
    snapshot.block.timestampNs + BigInt(SESSION_SECONDS) * NS,
    registered.expires_at_ns,
    BigInt(judged.validUntil) * NS,
  ]
  const expiresAtNs = ends.reduce((least, end) => (end < least ? end : least))
  const workerKey = body.worker_key
  const session = sessions.open({ workerKey, measurement, verify, expiresAtNs })
  const grant = { session_id: session.id, expires_at_ns: expiresAtNs }
  const signature = keyring.signing.sign(sessionGrantBytes(nodePrimitives, reportData, grant))
  return { ...grant, signature: Buffer.from(signature).toString("base64") }
}

/** What the chain has of a worker's key, if the key may be used now. Throws `attestation_refused`. */
export function requireLive(
  registered: RegisteredWorker | undefined,
  { timestampNs }: { timestampNs: bigint },
): RegisteredWorker {
  if (registered?.is_live && registered.expires_at_ns > timestampNs) return registered
  throw new OutlayerError("attestation_refused", "not_registered: the chain has no live such key")
}
