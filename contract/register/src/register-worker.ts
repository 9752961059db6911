/**
 * A worker's key, from a quote to an access key of ours. Three receipts of one transaction:
 *
 *     register_worker_key   verifies, takes the nonce; asks outlayer to enter the key
 *       outlayer.set_worker_key
 *         [delete key] add key, on_worker_entered     all or nothing: enters the record here
 *           on_worker_settled                         after a failure: takes the key from outlayer
 *
 * An access key without outlayer's entry settles nothing, nor does an entry without an access key.
 */
import { workerReportData } from "@outlayer/protocol/pure"
import { loadAccount, requireActive } from "./accounts.ts"
import { grantAllowance, reserve, retireEnded } from "./allowance.ts"
import { readAccountId, readAmount, readArguments, readHex, readNanoseconds } from "./arguments.ts"
import { logEvent } from "./events.ts"
import type { Action, Host } from "./host.ts"
import { judge } from "./judge.ts"
import { findKey, isLive, type KeyRecord, putKey, requireRoom } from "./keys.ts"
import { findMeasurement, isApproved } from "./measurements.ts"
import { takeNonce } from "./nonces.ts"
import { type PublicKey, readPublicKey, toActionKey } from "./public-key.ts"
import type { State } from "./state.ts"
import { removeFromOutlayer } from "./retire.ts"

const SETTLE_METHODS = [
  "resolve_execution",
  "submit_execution_output",
  "submit_execution_output_and_resolve",
] as const

const SET_KEY_GAS = 10_000_000_000_000
const ENTER_GAS = 12_000_000_000_000
const SETTLED_GAS = 25_000_000_000_000

export function registerWorkerKey(state: State, host: Host, args: unknown): void {
  const fields = readArguments(args, ["public_key", "tdx_quote_hex", "event_log"])
  const key = readPublicKey(fields["public_key"], "public_key")
  const account = host.predecessor()
  const outlayer = requireOutlayer(state)
  requireActive(state, account, loadAccount(host, account))
  const known = requireOwnKey(host, key, account)
  const nonce = takeNonce(host, account, key.text)

  const { tdx_quote_hex, event_log } = fields
  const statement = {
    network: host.chainId(),
    register: host.self(),
    public_key: key.text,
    nonce,
  }
  const reportData = workerReportData(host, statement)
  const judged = judge(state, host, "worker", { tdx_quote_hex, event_log }, reportData)

  retireEnded(state, host, account, key.text)
  const allowance = grantAllowance(state, host, account, known)
  const more = allowance - (known?.allowance ?? 0n)
  const reserved = more > 0n ? more : 0n
  reserve(state, host, account, reserved)
  const record = {
    account_id: account,
    public_key: key.text,
    measurement: judged.measurement,
    fmspc: judged.fmspc,
    expires_at_ns: String(judged.expiresAt),
    allowance: String(allowance),
    reserved: String(reserved),
  }
  const { public_key, expires_at_ns, measurement } = record
  const set = JSON.stringify({ public_key, expires_at_ns, measurement })
  const entered = host.send(outlayer, [call("set_worker_key", set, SET_KEY_GAS)])
  const publicKey = toActionKey(key.bytes)
  const actions: Action[] = [
    { kind: "addKey", publicKey, allowance, receiver: outlayer, methods: SETTLE_METHODS },
    call("on_worker_entered", JSON.stringify(record), ENTER_GAS),
  ]
  // Only so is its allowance renewed.
  if (known && known.retiredAt === 0n) actions.unshift({ kind: "deleteKey", publicKey })
  const added = host.send(host.self(), actions, entered)
  const settled = {
    account_id: account,
    public_key,
    outlayer_id: outlayer,
    reserved: record.reserved,
  }
  host.send(host.self(), [call("on_worker_settled", JSON.stringify(settled), SETTLED_GAS)], added)
  host.returnPromise(added)
}

/** In one receipt with the access key: what it throws takes that back as well. */
export function onWorkerEntered(state: State, host: Host, args: unknown) {
  if (host.promiseResult() === undefined) {
    throw new Error("outlayer_refused: outlayer did not enter the key")
  }
  const fields = readArguments(args, [
    "account_id",
    "public_key",
    "measurement",
    "fmspc",
    "expires_at_ns",
    "allowance",
    "reserved",
  ])
  const key = readPublicKey(fields["public_key"], "public_key")
  const account = readAccountId(fields["account_id"], "account_id")
  const measurement = readHex(fields["measurement"], "measurement", 32)
  // Blocks have passed: whatever may have been withdrawn in them is looked at again.
  requireActive(state, account, loadAccount(host, account))
  const known = requireOwnKey(host, key, account)
  requireRoom(loadAccount(host, account), key.text, known !== undefined)
  if (!isApproved(findMeasurement(host, measurement))) {
    throw new Error("measurement: it was withdrawn meanwhile")
  }
  const expiresAt = readNanoseconds(fields["expires_at_ns"], "expires_at_ns")
  reserve(state, host, account, -readAmount(fields["reserved"], "reserved"))
  putKey(state, host, key.text, {
    account,
    hex: host.encodeHex(key.bytes),
    measurement,
    fmspc: readHex(fields["fmspc"], "fmspc", 6),
    registeredAt: host.blockTimestamp(),
    expiresAt,
    allowance: readAmount(fields["allowance"], "allowance"),
  })
  const { reserved: _, ...registered } = fields
  logEvent(host, "worker_registered", { ...registered, renewed: known !== undefined })
  return { public_key: key.text, measurement, expires_at_ns: String(expiresAt) }
}

export function onWorkerSettled(state: State, host: Host, args: unknown): void {
  if (host.promiseResult() !== undefined) return
  const fields = readArguments(args, ["account_id", "public_key", "outlayer_id", "reserved"])
  const account = readAccountId(fields["account_id"], "account_id")
  reserve(state, host, account, -readAmount(fields["reserved"], "reserved"))
  const { text } = readPublicKey(fields["public_key"], "public_key")
  logEvent(host, "registration_failed", {
    account_id: account,
    public_key: text,
  })
  // Where a renewal failed, the registration before it stands.
  if (isLive(state, host, findKey(host, text))) return
  const outlayer = readAccountId(fields["outlayer_id"], "outlayer_id")
  removeFromOutlayer(host, outlayer, [text])
}

function requireOutlayer({ outlayer }: State): string {
  if (outlayer === null) throw new Error("There is no outlayer contract yet: set_outlayer_contract")
  return outlayer
}

/** A key is one account's, as long as it is on record. */
function requireOwnKey(host: Host, key: PublicKey, account: string): KeyRecord | undefined {
  const known = findKey(host, key.text)
  if (known && known.account !== account) {
    throw new Error(`key_taken: ${key.text} is registered by another account`)
  }
  return known
}

function call(method: string, args: string, gas: number): Action {
  return { kind: "call", method, args, gas }
}
