/** What may run: approved by the owner, withdrawn for good. */
import {
  type ApprovedMeasurement,
  measurementId,
  type RegisteredRole,
} from "@outlayer/protocol/pure"
import { type Fields, isAbsent, readArguments, readHex, readPage, readText } from "./arguments.ts"
import { logEvent } from "./events.ts"
import type { Host, PromiseId } from "./host.ts"
import type { State } from "./state.ts"

export interface MeasurementRecord extends ApprovedMeasurement {
  role: RegisteredRole
  label: string
  approvedAt: bigint
  /** 0n while it is approved. */
  withdrawnAt: bigint
  /** Requests from this id on were made well after the withdrawal; null while nobody has marked it. */
  firstLateRequest: number | null
}

type Encoded = [
  role: RegisteredRole,
  mrtd: string,
  rtmr0: string,
  rtmr1: string,
  rtmr2: string,
  composeHash: string,
  label: string,
  approvedAt: string,
  withdrawnAt: string,
  firstLateRequest: number | null,
  keyProvider: string | null,
  keyProviderId: string | null,
  appId: string | null,
]

const MAX_APPROVED = 64
const MAX_LABEL = 128
/** A KMS is named by its key, some 200 characters of hex. */
const MAX_PROVIDER = 512
const ORIGIN = ["key_provider", "key_provider_id", "app_id"]
const FIELDS = ["role", "mrtd", "rtmr0", "rtmr1", "rtmr2", "compose_hash", ...ORIGIN]
/** Outlayer writes one record; a mark reads its statistics. */
const WITHDRAW_GAS = 10_000_000_000_000
const CALLBACK_GAS = 8_000_000_000_000
/** What a worker has to hear of a withdrawal, before using its key is held against it. */
const GRACE_NS = 600_000_000_000n

const measurementKey = (id: string) => `m${id}`

export function findMeasurement(host: Host, id: string): MeasurementRecord | undefined {
  const text = host.read(measurementKey(id))
  return text === undefined ? undefined : decode(text)
}

export function isApproved(record: MeasurementRecord | undefined): boolean {
  return record !== undefined && record.withdrawnAt === 0n
}

export function addMeasurement(state: State, host: Host, args: unknown): string {
  const fields = readArguments(args, [...FIELDS, "label"])
  const { id, role, measurement } = readMeasurement(host, fields)
  const label = isAbsent(fields["label"]) ? "" : readText(fields["label"], "label", MAX_LABEL)
  const known = findMeasurement(host, id)
  if (known !== undefined && !isApproved(known)) {
    throw new Error(`Measurement ${id} was withdrawn: no measurement comes back`)
  }
  if (known === undefined) {
    if (state.measurements.length >= MAX_APPROVED) {
      throw new Error(`There are ${MAX_APPROVED} approved measurements already`)
    }
    state.measurements.push(id)
  }
  const approvedAt = known?.approvedAt ?? host.blockTimestamp()
  put(host, id, {
    ...measurement,
    role,
    label,
    approvedAt,
    withdrawnAt: 0n,
    firstLateRequest: null,
  })
  logEvent(host, "measurement_approved", { measurement: id, role, ...measurement, label })
  return id
}

/**
 * Its keys count for nothing from here on; outlayer hears of it in the next block. Said again of
 * one that is withdrawn, it tells outlayer once more.
 */
export function removeMeasurement(state: State, host: Host, args: unknown): void {
  const { id } = readMeasurement(host, readArguments(args, [...FIELDS, "label"]))
  const record = findMeasurement(host, id)
  if (!record) throw new Error(`Measurement ${id} was never approved`)
  if (isApproved(record)) {
    state.measurements = state.measurements.filter((approved) => approved !== id)
    put(host, id, { ...record, withdrawnAt: host.blockTimestamp() })
    logEvent(host, "measurement_withdrawn", { measurement: id, role: record.role })
  }
  // Outlayer knows workers only.
  if (record.role !== "worker" || state.outlayer === null) return
  const withdrawal = JSON.stringify({ measurement: id })
  const sent = host.send(state.outlayer, [
    { kind: "call", method: "withdraw_measurement", args: withdrawal, gas: WITHDRAW_GAS },
  ])
  callBack(host, "on_withdrawn", withdrawal, sent)
}

export function onWithdrawn(host: Host, args: unknown): void {
  if (host.promiseResult() !== undefined) return
  const { measurement } = readArguments(args, ["measurement"])
  logEvent(host, "withdrawal_not_delivered", { measurement })
}

/** Notes which requests are later than a withdrawal: what a slashing for late use must show. */
export function markWithdrawal(state: State, host: Host, args: unknown): void {
  const id = readHex(readArguments(args, ["measurement"])["measurement"], "measurement", 32)
  const record = findMeasurement(host, id)
  if (!record || isApproved(record)) throw new Error(`Measurement ${id} was not withdrawn`)
  if (record.firstLateRequest !== null) throw new Error(`The withdrawal of ${id} is marked already`)
  if (host.blockTimestamp() < record.withdrawnAt + GRACE_NS) {
    throw new Error("A withdrawal can be marked ten minutes after it")
  }
  if (state.outlayer === null) throw new Error("There is no outlayer contract to ask")
  const asked = host.send(state.outlayer, [
    { kind: "call", method: "get_stats", args: "{}", gas: WITHDRAW_GAS },
  ])
  callBack(host, "on_withdrawal_marked", JSON.stringify({ measurement: id }), asked)
}

export function onWithdrawalMarked(host: Host, args: unknown): void {
  const id = readHex(readArguments(args, ["measurement"])["measurement"], "measurement", 32)
  const result = host.promiseResult()
  const record = findMeasurement(host, id)
  if (result === undefined || !record || record.firstLateRequest !== null) return
  const { next_request_id: next } = JSON.parse(result) as { next_request_id?: unknown }
  if (typeof next !== "number") return
  put(host, id, { ...record, firstLateRequest: next })
  logEvent(host, "withdrawal_marked", { measurement: id, first_late_request: next })
}

export function listMeasurements(state: State, host: Host, args: unknown): unknown[] {
  const { from, limit } = readPage(readArguments(args ?? {}, ["from_index", "limit"]), MAX_APPROVED)
  return state.measurements
    .slice(from, from + limit)
    .map((id) => ({ measurement: id, ...describe(findMeasurement(host, id)) }))
}

function describe(record: MeasurementRecord | undefined) {
  if (!record) return undefined
  const { approvedAt, withdrawnAt: _, firstLateRequest: __, ...fields } = record
  return { ...fields, approved_at_ns: String(approvedAt) }
}

function readMeasurement(host: Host, fields: Fields) {
  const role = fields["role"]
  if (role !== "worker" && role !== "keystore") {
    throw new Error('role must be "worker" or "keystore"')
  }
  const measurement: ApprovedMeasurement = {
    mrtd: readHex(fields["mrtd"], "mrtd", 48),
    rtmr0: readHex(fields["rtmr0"], "rtmr0", 48),
    rtmr1: readHex(fields["rtmr1"], "rtmr1", 48),
    rtmr2: readHex(fields["rtmr2"], "rtmr2", 48),
    compose_hash: readHex(fields["compose_hash"], "compose_hash", 32),
    ...readOrigin(fields, role),
  }
  return { role, measurement, id: measurementId(host, role, measurement) } as const
}

/** A keystore's master secret is of its KMS and app: without their names it could be anybody's. */
function readOrigin(fields: Fields, role: RegisteredRole) {
  if (role === "worker" && ORIGIN.every((name) => isAbsent(fields[name]))) {
    return { key_provider: null, key_provider_id: null, app_id: null }
  }
  return {
    key_provider: readName(fields, "key_provider"),
    key_provider_id: readName(fields, "key_provider_id"),
    app_id: readHex(fields["app_id"], "app_id", 20),
  }
}

function readName(fields: Fields, name: string): string {
  const text = readText(fields[name], name, MAX_PROVIDER)
  if (text === "") throw new Error(`${name} is empty`)
  return text
}

function callBack(host: Host, method: string, args: string, after: PromiseId): void {
  const call = { kind: "call", method, args, gas: CALLBACK_GAS } as const
  host.returnPromise(host.send(host.self(), [call], after))
}

function put(host: Host, id: string, record: MeasurementRecord): void {
  const encoded: Encoded = [
    record.role,
    record.mrtd,
    record.rtmr0,
    record.rtmr1,
    record.rtmr2,
    record.compose_hash,
    record.label,
    String(record.approvedAt),
    String(record.withdrawnAt),
    record.firstLateRequest,
    record.key_provider,
    record.key_provider_id,
    record.app_id,
  ]
  host.write(measurementKey(id), JSON.stringify(encoded))
}

function decode(text: string): MeasurementRecord {
  // Written by `put`.
  const [role, mrtd, rtmr0, rtmr1, rtmr2, compose_hash, label, ...rest] = JSON.parse(
    text,
  ) as Encoded
  const [approvedAt, withdrawnAt, late, key_provider, key_provider_id, app_id] = rest
  return {
    role,
    mrtd,
    rtmr0,
    rtmr1,
    rtmr2,
    compose_hash,
    key_provider,
    key_provider_id,
    app_id,
    label,
    approvedAt: BigInt(approvedAt),
    withdrawnAt: BigInt(withdrawnAt),
    firstLateRequest: late,
  }
}
