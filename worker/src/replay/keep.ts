/** A request's receipt, and its transcript: sealed to those it concerns, and kept by the coordinator. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Witnesses } from "@outlayer/near"
import {
  type AccountId,
  type ExecuteTask,
  type RunReceipt,
  StoreTranscript,
} from "@outlayer/protocol"
import { MAX_TRANSCRIPT_KEYS, TRANSCRIPT_DAYS } from "@outlayer/protocol/pure"
import type { Coordinator } from "../coordinator.ts"
import { finishReceipt, type Recording, record, type RecordedRun } from "./record.ts"
import { type Recipient, sealTranscript } from "./seal.ts"

const DAY_MS = 86_400_000
/** The run is over, and the chain's deadline waits neither for an endpoint nor for the coordinator. */
const KEYS_MS = 1_000
const STORE_MS = 2_000

export interface KeepDeps {
  /** No single endpoint: whose keys it named could read the secrets of the run. */
  witnesses: Pick<Witnesses, "fullAccessKeys">
  coordinator: Coordinator
  log: { warn(fields: object, message: string): void }
}

export interface Recipients {
  caller: Recipient
  /** Of the stored secrets that the request names: what is in an envelope of its own has no known owner. */
  owner: Recipient | undefined
}

/** To be asked for while the guest runs. `undefined` where the chain does not answer. */
export async function findRecipients(
  { request }: ExecuteTask,
  { witnesses, log }: KeepDeps,
): Promise<Recipients | undefined> {
  const find = async (accountId: AccountId): Promise<Recipient> => ({
    accountId,
    publicKeys: (await witnesses.fullAccessKeys(accountId)).slice(0, MAX_TRANSCRIPT_KEYS),
  })
  const owner = request.secrets_ref?.account_id
  try {
    const caller = await find(request.sender_id)
    if (owner === undefined) return { caller, owner: undefined }
    return { caller, owner: owner === caller.accountId ? caller : await find(owner) }
  } catch (err) {
    log.warn({ err, requestId: request.request_id }, "no keys to seal a transcript to")
    return undefined
  }
}

/** Never fails for want of a transcript: the receipt says how it is with that. */
export async function keepRecord(
  task: ExecuteTask,
  run: Omit<RecordedRun, "request">,
  finding: Promise<Recipients | undefined>,
  deps: KeepDeps,
): Promise<RunReceipt> {
  const { request, contract_id, key } = task
  const { request_id, request_hash } = request
  const recording = record({ ...run, request: { contract_id, request_id, request_hash } })
  const recipients = await Promise.race([finding, sleep(KEYS_MS, undefined, { ref: false })])
  const keeping = await keep(recording, recipients, async (transcript) => {
    const body = { ...key, transcript }
    await deps.coordinator.call(StoreTranscript, { body }, AbortSignal.timeout(STORE_MS))
  }).catch((err: unknown) => {
    deps.log.warn({ err, requestId: request_id }, "transcript not kept")
    return lost("not_kept")
  })
  return finishReceipt(recording.draft, keeping)
}

type Keeping = Pick<RunReceipt["transcript"], "state" | "sealed_to" | "expires_at">
type Store = (transcript: NonNullable<ReturnType<typeof sealTranscript>>) => Promise<void>

async function keep(
  recording: Recording,
  recipients: Recipients | undefined,
  store: Store,
): Promise<Keeping> {
  if (!recipients) return lost("keys_unavailable")
  const { caller, owner } = recipients
  const all = owner && owner.accountId !== caller.accountId ? [caller, owner] : [caller]
  const expires_at = new Date(Date.now() + TRANSCRIPT_DAYS * DAY_MS).toISOString()
  const sealed = sealTranscript(recording, { all, owner }, expires_at)
  if (!sealed) return lost("too_large")
  const readers = new Set(sealed.shared.keys.map(({ account_id }) => account_id))
  if (readers.size === 0) return lost("no_keys")
  await store(sealed)
  return { state: "kept", sealed_to: [...readers], expires_at }
}

function lost(state: Keeping["state"]): Keeping {
  return { state, sealed_to: [], expires_at: null }
}
