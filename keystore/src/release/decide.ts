/** Whether the secrets of a request are given, and which: everything is read at one final block. */
import { OutlayerError } from "@outlayer/protocol"
import {
  type AgreementKey,
  commitKind,
  type Denial,
  hexOf,
  openSecrets,
  readEnvelopeEpoch,
  repositoryKey,
  requestHash,
  SealingError,
  type SecretContext,
  type SecretValues,
} from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import type { Slots } from "@outlayer/service"
import type { Contracts, PendingRequest } from "../chain/outlayer.ts"
import type { Snapshot } from "../chain/snapshot.ts"
import type { Keyring } from "../keys/keyring.ts"
import { ConditionFailed, evaluateCondition } from "./evaluate-condition.ts"
import { Denied, findSecret } from "./find-secret.ts"

export interface Case {
  keyring: Keyring
  contracts: Contracts
  snapshot: Snapshot
  /** As the chain has it. */
  request: PendingRequest
  /** As the worker says it. */
  asked: { request_hash: string; commit: string; wasm_hash: string; branches: readonly string[] }
  /** For conditions that ask the chain. */
  reads: Slots
}

/** Where the secret belongs, as far as that was found out. */
type Place = Pick<SecretContext, "repo" | "branch" | "owner" | "profile">

export interface Verdict {
  denial: Denial | null
  place: Place
  /** Without a denial. */
  values?: SecretValues
}

export async function decide(case_: Case): Promise<Verdict> {
  const { code_source, secrets_ref, sender_id } = case_.request
  const place: Place = {
    repo: repositoryKey(code_source.repo) ?? "",
    branch: null,
    owner: secrets_ref?.account_id ?? sender_id,
    profile: secrets_ref?.profile ?? null,
  }
  try {
    requireSameRequest(case_)
    const values = secrets_ref ? await openStored(case_, place) : openInline(case_, place)
    return { denial: null, place, values }
  } catch (error) {
    return { denial: denialOf(error), place }
  }
}

/** The chain's request is the one that is asked for, to the last field. Throws `Denied`. */
function requireSameRequest({ keyring, request, asked }: Case): void {
  const hash = hexOf(requestHash(nodePrimitives, keyring.contractId, request))
  if (hash !== request.request_hash || hash !== asked.request_hash) {
    throw new Denied("request_altered")
  }
  const { commit } = request.code_source
  if (commitKind(commit) === "full" && commit.toLowerCase() !== asked.commit) {
    throw new Denied("commit_altered")
  }
  if (request.secrets_ref && request.encrypted_secrets !== null) throw new Denied("two_sources")
}

async function openStored(case_: Case, place: Place): Promise<SecretValues> {
  const { keyring, contracts, snapshot, request, asked, reads } = case_
  const { secret } = await findSecret(contracts, request, asked.branches)
  place.branch = secret.branch
  if (!secret.access) throw new Denied("condition_unreadable")
  const judged = { accountId: request.sender_id, wasmHash: asked.wasm_hash, snapshot, reads }
  if (!(await evaluateCondition(secret.access, judged))) throw new Denied("condition_false")
  const key = keyring.scopeKey(place, readEnvelopeEpoch(secret.envelope))
  return open(keyring, key, { ...place, kind: "stored" }, secret.envelope)
}

/** Whoever sealed it is whoever may use it: the account that sends it, and no other. */
function openInline({ keyring, request }: Case, place: Place): SecretValues {
  const envelope = new Uint8Array(Buffer.from(request.encrypted_secrets ?? "", "base64"))
  const key = keyring.inlineKey(readEnvelopeEpoch(envelope))
  return open(keyring, key, { ...place, kind: "inline" }, envelope)
}

function open(
  { network, contractId }: Keyring,
  key: AgreementKey | undefined,
  context: Omit<SecretContext, "network" | "contractId">,
  envelope: Uint8Array,
): SecretValues {
  if (!key) throw new Denied("epoch_unknown")
  const bound = { ...context, network, contractId }
  return openSecrets(nodePrimitives, { key, context: bound }, envelope)
}

/** Any error keeps the secret; what is no reason of its own is thrown on. */
function denialOf(error: unknown): Denial {
  if (error instanceof Denied) return error.denial
  if (error instanceof SealingError) return error.code
  if (error instanceof ConditionFailed) return "condition_failed"
  if (error instanceof OutlayerError && error.code === "chain_unavailable") return error.code
  throw error
}
