/**
 * A worker's question for the secrets of one request: answered by a signed record, with the secrets
 * sealed to the question's own key, or with the reason why not.
 */
import {
  type AskSecrets,
  OutlayerError,
  type RouteInput,
  type RouteReply,
} from "@outlayer/protocol"
import {
  answerContext,
  encodeSecretValues,
  questionBytes,
  requirePublicKey,
  sealBox,
  type SecretValues,
} from "@outlayer/protocol/pure"
import { nodePrimitives, sha512Hex } from "@outlayer/protocol/sealing/node"
import type { Slots } from "@outlayer/service"
import type { Chain } from "../chain/chain.ts"
import type { FinalBlock } from "../chain/final-block.ts"
import { type Accounts, type Contracts, openContracts } from "../chain/outlayer.ts"
import type { Keyring } from "../keys/keyring.ts"
import type { RecordLog } from "../records/record-log.ts"
import { requireLive } from "../sessions/open-session.ts"
import type { Session, Sessions } from "../sessions/sessions.ts"
import { decide } from "./decide.ts"
import { requireStill } from "./require-still.ts"

/**
 * Of one session's questions: whoever wrote a condition decides how long it takes, and the worker's
 * other questions do not wait for it.
 */
const MAX_AT_A_TIME = 16
/** An answer that took longer is looked at again: withdrawals act at once. */
const OLD_MS = 2_000

export interface ReleaseOptions {
  sessions: Sessions
  chain: Chain
  accounts: Accounts
  keyring: Keyring
  records: RecordLog
  /** For conditions that ask the chain. */
  reads: Slots
  /** Monotonic. */
  nowMs?: () => number
}

type Asked = RouteInput<typeof AskSecrets>["body"]
type Answer = RouteReply<typeof AskSecrets>

/** Throws what says nothing of any secret: of sessions, signatures, requests that nobody has made. */
export async function answerQuestion(options: ReleaseOptions, asked: Asked): Promise<Answer> {
  const session = options.sessions.find(asked.session_id)
  const question = admit(session, asked, options.keyring.network)
  session.answering += 1
  try {
    return await answer(options, asked, { session, question })
  } finally {
    session.answering -= 1
  }
}

async function answer(
  options: ReleaseOptions,
  asked: Asked,
  { session, question }: { session: Session; question: Uint8Array },
): Promise<Answer> {
  const { chain, accounts, keyring, records, reads, nowMs = () => performance.now() } = options
  const begunAtMs = nowMs()
  const replyKey = readReplyKey(asked.reply_key)
  if (asked.contract_id !== accounts.outlayer) {
    throw new OutlayerError("request_not_pending", `${asked.contract_id} is not served here`)
  }

  const { snapshot, request } = await findRequest(chain, accounts, asked.request_id)
  const { block } = snapshot
  const contracts = openContracts(snapshot, accounts)
  await requireOpen(options, session, contracts, block)
  if (request.secrets_ref === null && request.encrypted_secrets === null) {
    throw new OutlayerError("bad_request", `Request ${asked.request_id} names no secrets`)
  }

  const case_ = { keyring, contracts, snapshot, request, asked, reads }
  const { denial, place, values } = await decide(case_)
  if (values && nowMs() - begunAtMs > OLD_MS) {
    const latest = await chain.snapshot()
    const now = openContracts(latest, accounts)
    await requireOpen(options, session, now, latest.block)
    await requireStill(case_, now)
  }
  const sealed = values ? sealAnswer(values, question, replyKey) : null
  const signed = await records.append({
    ...place,
    denial,
    network: keyring.network,
    contract_id: keyring.contractId,
    request_id: asked.request_id,
    request_hash: request.request_hash,
    sender_id: request.sender_id,
    commit: asked.commit,
    wasm_hash: asked.wasm_hash,
    branches: asked.branches,
    worker_key: session.workerKey,
    measurement: session.measurement,
    question_hash: sha512Hex(question),
    answer_hash: sealed && sha512Hex(sealed),
    block_height: block.height,
    block_hash: block.hash,
    block_time_ns: String(block.timestampNs),
  })
  return { ...signed, sealed: sealed && Buffer.from(sealed).toString("base64") }
}

/** The session has not ended, neither by its time nor with the worker's registration. */
async function requireOpen(
  { sessions }: ReleaseOptions,
  session: Session,
  contracts: Contracts,
  block: FinalBlock,
): Promise<void> {
  if (session.expiresAtNs <= block.timestampNs) sessions.close(session.id)
  // A newer one of the same worker ends it, too.
  sessions.find(session.id)
  requireLive(await contracts.workerKey(session.workerKey), block)
}

/** Each question once, in its order, by the session's own worker. Returns what was signed. */
function admit(session: Session, { signature, ...asked }: Asked, network: string): Uint8Array {
  const question = questionBytes(nodePrimitives, { network, ...asked })
  if (!session.verify(question, Buffer.from(signature, "base64"))) {
    throw new OutlayerError("signature_invalid", "Not signed by the session's worker")
  }
  if (asked.sequence <= session.lastSequence) {
    throw new OutlayerError("sequence_refused", `The last was ${session.lastSequence}`)
  }
  if (session.answering >= MAX_AT_A_TIME) {
    throw new OutlayerError("rate_limited", `${session.answering} questions are being answered`)
  }
  session.lastSequence = asked.sequence
  return question
}

function readReplyKey(hex: string): Uint8Array {
  const key = new Uint8Array(Buffer.from(hex, "hex"))
  try {
    requirePublicKey(key)
  } catch (cause) {
    throw new OutlayerError("bad_request", "reply_key is no usable X25519 key", { cause })
  }
  return key
}

/** A block that is a moment old may lack a new request: then the newest one is asked. */
async function findRequest(chain: Chain, accounts: Accounts, requestId: number) {
  for (const read of [() => chain.snapshot(), () => chain.refresh()]) {
    const snapshot = await read()
    const request = await openContracts(snapshot, accounts).request(requestId)
    if (request) return { snapshot, request }
  }
  throw new OutlayerError("request_not_pending", `No request ${requestId} is pending`)
}

function sealAnswer(values: SecretValues, question: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const context = answerContext(nodePrimitives, question)
  const padded = encodeSecretValues(nodePrimitives, values)
  try {
    return sealBox(nodePrimitives, { publicKey, context }, padded)
  } finally {
    padded.fill(0)
  }
}
