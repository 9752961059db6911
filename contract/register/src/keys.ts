/**
 * Keys of workers. absent → live (registered) → retired (expired, withdrawn, deactivated: its
 * access key is gone) → absent (once nothing that it signed can cost a stake any more). A live
 * one becomes live again when it is renewed, and so does a retired one.
 */
import { type Account, isActive, loadAccount, saveAccount } from "./accounts.ts"
import type { Host } from "./host.ts"
import { findMeasurement, isApproved } from "./measurements.ts"
import type { State } from "./state.ts"

export interface KeyRecord {
  account: string
  /** Its 32 bytes, hex: base58 costs a Tgas to read. */
  hex: string
  measurement: string
  fmspc: string
  registeredAt: bigint
  expiresAt: bigint
  /** Reserved for its gas; 0n once it is retired. */
  allowance: bigint
  /** 0n while it is live. */
  retiredAt: bigint
  /** Under which number the record is listed. */
  index: number
}

type Encoded = [
  account: string,
  hex: string,
  measurement: string,
  fmspc: string,
  registeredAt: string,
  expiresAt: string,
  allowance: string,
  retiredAt: string,
  index: number,
]

/** Live ones: as many as one call can retire. */
const MAX_KEYS = 32
/** Live and retired. */
const MAX_RECORDS = 256

const keyKey = (publicKey: string) => `k${publicKey}`
const indexKey = (index: number) => `i${index}`

export function findKey(host: Host, publicKey: string): KeyRecord | undefined {
  const text = host.read(keyKey(publicKey))
  return text === undefined ? undefined : decode(text)
}

export function listedKey(host: Host, index: number): string | undefined {
  return host.read(indexKey(index))
}

export function isLive(state: State, host: Host, record: KeyRecord | undefined): boolean {
  return record !== undefined && whyDead(state, host, record) === undefined
}

/** What is wrong with a key, as a code; undefined when it may settle. */
export function whyDead(state: State, host: Host, record: KeyRecord): string | undefined {
  if (record.retiredAt !== 0n) return "retired"
  if (host.blockTimestamp() >= record.expiresAt) return "expired"
  if (!isApproved(findMeasurement(host, record.measurement))) return "measurement_withdrawn"
  if (!isActive(state, record.account, loadAccount(host, record.account))) return "not_active"
  return undefined
}

/** Whether an account may have that key, before anything is paid for it. */
export function requireRoom(account: Account, publicKey: string, known: boolean): void {
  const isNew = !account.keys.includes(publicKey)
  if (isNew && account.keys.length >= MAX_KEYS) {
    throw new Error(`too_many_keys: ${MAX_KEYS} keys are live: deactivate one, or let it expire`)
  }
  if (!known && account.keyRecords >= MAX_RECORDS) {
    throw new Error(`too_many_keys: ${MAX_RECORDS} keys are on record: tidy_keys removes old ones`)
  }
}

/** Enters a key, or renews it. */
export function putKey(
  state: State,
  host: Host,
  publicKey: string,
  record: Omit<KeyRecord, "retiredAt" | "index">,
): void {
  const known = findKey(host, publicKey)
  const account = loadAccount(host, record.account)
  const index = known?.index ?? state.keyCount
  if (!known) {
    host.write(indexKey(index), publicKey)
    state.keyCount += 1
  }
  const more = record.allowance - (known?.allowance ?? 0n)
  state.allowances += more
  write(host, publicKey, { ...record, retiredAt: 0n, index })
  saveAccount(host, record.account, {
    ...account,
    allowances: account.allowances + more,
    keys: [...account.keys.filter((key) => key !== publicKey), publicKey],
    keyRecords: account.keyRecords + (known ? 0 : 1),
  })
}

/** Its record stays as long as it can be evidence. */
export function retireKey(state: State, host: Host, publicKey: string, record: KeyRecord): void {
  const account = loadAccount(host, record.account)
  state.allowances -= record.allowance
  write(host, publicKey, { ...record, allowance: 0n, retiredAt: host.blockTimestamp() })
  saveAccount(host, record.account, {
    ...account,
    allowances: account.allowances - record.allowance,
    keys: account.keys.filter((key) => key !== publicKey),
  })
}

/** The last record takes the number of the one that goes. */
export function dropKey(state: State, host: Host, publicKey: string, record: KeyRecord): void {
  const account = loadAccount(host, record.account)
  host.remove(keyKey(publicKey))
  state.keyCount -= 1
  const last = host.remove(indexKey(state.keyCount))
  const moved = last === undefined || last === publicKey ? undefined : findKey(host, last)
  if (last !== undefined && moved) {
    host.write(indexKey(record.index), last)
    write(host, last, { ...moved, index: record.index })
  }
  saveAccount(host, record.account, { ...account, keyRecords: account.keyRecords - 1 })
}

function write(host: Host, publicKey: string, record: KeyRecord): void {
  const encoded: Encoded = [
    record.account,
    record.hex,
    record.measurement,
    record.fmspc,
    String(record.registeredAt),
    String(record.expiresAt),
    String(record.allowance),
    String(record.retiredAt),
    record.index,
  ]
  host.write(keyKey(publicKey), JSON.stringify(encoded))
}

function decode(text: string): KeyRecord {
  // Written by `write`.
  const [account, hex, measurement, fmspc, registered, expires, allowance, retired, index] =
    JSON.parse(text) as Encoded
  return {
    account,
    hex,
    measurement,
    fmspc,
    registeredAt: BigInt(registered),
    expiresAt: BigInt(expires),
    allowance: BigInt(allowance),
    retiredAt: BigInt(retired),
    index,
  }
}
