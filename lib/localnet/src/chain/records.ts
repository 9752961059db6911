import { ACCOUNT_BYTES, RECORD_BYTES } from "../parameters.ts"
import { type AccessKey, accessKeySize, type Account } from "../runtime/account.ts"
import { sha256 } from "../runtime/ids.ts"
import {
  accessKeyKey,
  accountKey,
  codeKey,
  dataKey,
  dataPrefix,
  accessKeyPrefix,
  readStateKey,
} from "../state/state-key.ts"
import type { State } from "../state/state.ts"
import {
  hashFromText,
  keyFromText,
  keyToText,
  base58OfHex,
} from "../transaction/public-key-text.ts"

/** What genesis files, `sandbox_patch_state` and `dump-state` consist of. */
export type StateRecord =
  | { Account: { account_id: string; account: AccountRecord } }
  | { AccessKey: { account_id: string; public_key: string; access_key: AccessKeyRecord } }
  | { Contract: { account_id: string; code: string } }
  | { Data: { account_id: string; data_key: string; value: string } }

interface AccountRecord {
  amount: string
  locked: string
  code_hash: string
  storage_usage: number
  version?: string
}

export interface AccessKeyRecord {
  nonce: number
  permission: "FullAccess" | { FunctionCall: FunctionCallRecord }
}

interface FunctionCallRecord {
  allowance?: string | null
  receiver_id: string
  method_names: string[]
}

export class RecordError extends Error {}

/** Throws RecordError. An account keeps the code that it has: a record's hash alone brings none. */
export function putRecord(state: State, record: StateRecord): void {
  if ("Account" in record) putAccount(state, record.Account)
  else if ("AccessKey" in record) putAccessKey(state, record.AccessKey)
  else if ("Contract" in record) putContract(state, record.Contract)
  else if ("Data" in record) {
    const { account_id: id, data_key: key, value } = record.Data
    state.set(dataKey(id, Buffer.from(key, "base64")), Buffer.from(value, "base64"))
  } else throw new RecordError(`unknown record ${Object.keys(record).join()}`)
}

/** nearcore computes storage at genesis; the records' figure counts only where it is higher than nothing. */
export function recountStorage(state: State, accountId: string): void {
  const account = state.get(accountKey(accountId))
  if (account === undefined) return
  let storageUsage = ACCOUNT_BYTES + BigInt(state.get(codeKey(accountId))?.length ?? 0)
  for (const [key, value] of state.entries(dataPrefix(accountId))) {
    const keyBytes = (key.length - dataPrefix(accountId).length) / 2
    storageUsage += BigInt(keyBytes + (value as Uint8Array).length) + RECORD_BYTES
  }
  for (const [key, value] of state.entries(accessKeyPrefix(accountId))) {
    const keyBytes = (key.length - accessKeyPrefix(accountId).length) / 2
    storageUsage += BigInt(keyBytes) + accessKeySize(value as AccessKey) + RECORD_BYTES
  }
  state.set(accountKey(accountId), { ...account, storageUsage })
}

export function accessKeyRecord({ nonce, permission }: AccessKey): AccessKeyRecord {
  if (permission.kind === "full_access") return { nonce: Number(nonce), permission: "FullAccess" }
  const { allowance, receiverId, methodNames } = permission
  const call = {
    allowance: allowance === undefined ? null : String(allowance),
    receiver_id: receiverId,
    method_names: methodNames,
  }
  return { nonce: Number(nonce), permission: { FunctionCall: call } }
}

function putAccount(
  state: State,
  { account_id: id, account }: { account_id: string; account: AccountRecord },
): void {
  const codeHash = codeHashOf(state, id, account.code_hash)
  const { amount, locked, storage_usage: bytes } = account
  state.set(accountKey(id), {
    amount: yocto(amount),
    locked: yocto(locked),
    codeHash,
    storageUsage: BigInt(bytes ?? 0),
  })
}

function yocto(text: string): bigint {
  if (!/^\d+$/.test(text)) throw new RecordError(`not an amount: ${text}`)
  return BigInt(text)
}

function codeHashOf(state: State, id: string, text: string): Uint8Array | undefined {
  const hex = hashFromText(text)
  if (hex === undefined || /^0+$/.test(hex)) return undefined
  return state.get(codeKey(id)) === undefined ? undefined : Buffer.from(hex, "hex")
}

function putAccessKey(
  state: State,
  record: { account_id: string; public_key: string; access_key: AccessKeyRecord },
): void {
  const publicKey = keyFromText(record.public_key)
  if (publicKey === undefined) throw new RecordError(`bad public key ${record.public_key}`)
  const { nonce, permission } = record.access_key
  const accessKey: AccessKey = { nonce: BigInt(nonce), permission: permissionOf(permission) }
  state.set(accessKeyKey(record.account_id, publicKey), accessKey)
}

function permissionOf(permission: AccessKeyRecord["permission"]): AccessKey["permission"] {
  if (permission === "FullAccess") return { kind: "full_access" }
  const { allowance, receiver_id: receiverId, method_names: methodNames } = permission.FunctionCall
  const limit = allowance === null || allowance === undefined ? undefined : yocto(allowance)
  return { kind: "function_call", allowance: limit, receiverId, methodNames }
}

function putContract(state: State, record: { account_id: string; code: string }): void {
  const id = record.account_id
  const code = Buffer.from(record.code, "base64")
  state.set(codeKey(id), code)
  const account = state.get(accountKey(id))
  if (account !== undefined) state.set(accountKey(id), { ...account, codeHash: sha256(code) })
}

/** Everything that records can say, sorted as the state is. */
export function* recordsOf(state: State): Generator<StateRecord> {
  for (const [key, value] of state.entries("")) {
    const place = readStateKey(key)
    if (place === undefined) continue
    const account_id = place.account
    if (place.column === "account") {
      yield { Account: { account_id, account: accountRecord(value as Account) } }
    } else if (place.column === "code") {
      yield { Contract: { account_id, code: base64(value) } }
    } else if (place.column === "data") {
      const data_key = Buffer.from(place.rest, "hex").toString("base64")
      yield { Data: { account_id, data_key, value: base64(value) } }
    } else {
      const public_key = keyToText(Buffer.from(place.rest, "hex"))
      const access_key = accessKeyRecord(value as AccessKey)
      yield { AccessKey: { account_id, public_key, access_key } }
    }
  }
}

function accountRecord({ amount, locked, codeHash, storageUsage }: Account): AccountRecord {
  return {
    amount: String(amount),
    locked: String(locked),
    code_hash: base58OfHex(Buffer.from(codeHash ?? new Uint8Array(32)).toString("hex")),
    storage_usage: Number(storageUsage),
    version: "V1",
  }
}

const base64 = (value: unknown) => Buffer.from(value as Uint8Array).toString("base64")
