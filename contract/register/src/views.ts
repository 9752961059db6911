/** What anybody may read. */
import manifest from "../../package.json" with { type: "json" }
import { findAccount } from "./accounts.ts"
import { isAbsent, readAccountId, readArguments, readPage } from "./arguments.ts"
import type { Host } from "./host.ts"
import { findKey, type KeyRecord, listedKey, whyDead } from "./keys.ts"
import { readPublicKey } from "./public-key.ts"
import { describe as describeAccount } from "./stake.ts"
import { type State, STATE_VERSION } from "./state.ts"

const PAGE = 50

/** `{public_key}`: that key; `{account_id}`: the account and its keys. Null for a stranger. */
export function getWorker(state: State, host: Host, args: unknown): unknown {
  const fields = readArguments(args, ["account_id", "public_key"])
  if (!isAbsent(fields["public_key"])) {
    const { text } = readPublicKey(fields["public_key"], "public_key")
    const record = findKey(host, text)
    return record ? describeKey(state, host, text, record) : null
  }
  const id = readAccountId(fields["account_id"], "account_id")
  const account = findAccount(host, id)
  if (!account) return null
  const keys = account.keys.map((key) => describeListed(state, host, key))
  return { ...describeAccount(state, id, account), keys }
}

/** Keys, live and dead, in no lasting order. */
export function listWorkers(state: State, host: Host, args: unknown): unknown[] {
  const { from, limit } = readPage(readArguments(args ?? {}, ["from_index", "limit"]), PAGE)
  const keys: unknown[] = []
  for (let index = from; index < state.keyCount && keys.length < limit; index += 1) {
    const key = listedKey(host, index)
    if (key !== undefined) keys.push(describeListed(state, host, key))
  }
  return keys
}

export function getConfig(state: State): unknown {
  return {
    owner_id: state.owner,
    init_account_id: state.initAccount,
    outlayer_contract_id: state.outlayer,
    keystore_account_id: state.keystoreAccount,
    arbiter_id: state.arbiter,
    minimum_stake: String(state.minimumStake),
    minimum_evaluation_number: state.minimumEvaluationNumber,
    owed_to_stakers: String(state.owed),
    reserved_for_gas: String(state.allowances),
    keys: state.keyCount,
    state_version: STATE_VERSION,
  }
}

/** NEP-330. */
export function getSourceMetadata(): unknown {
  return {
    version: manifest.version,
    link: null,
    standards: [{ standard: "nep330", version: "1.1.0" }],
  }
}

function describeListed(state: State, host: Host, key: string): unknown {
  const record = findKey(host, key)
  return record && describeKey(state, host, key, record)
}

function describeKey(state: State, host: Host, public_key: string, record: KeyRecord) {
  const reason = whyDead(state, host, record)
  return {
    public_key,
    account_id: record.account,
    measurement: record.measurement,
    fmspc: record.fmspc,
    registered_at_ns: String(record.registeredAt),
    expires_at_ns: String(record.expiresAt),
    is_live: reason === undefined,
    reason: reason ?? null,
    root: state.testRoot === null ? "intel" : "test",
  }
}
