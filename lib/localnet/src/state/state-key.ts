import type { AccessKey, Account } from "../runtime/account.ts"
import type { ActionReceipt, YieldStatus, YieldTimeout } from "../runtime/receipt.ts"

/**
 * Where things lie in the trie, as hex. The columns are nearcore's as far as contracts can feel them (through trie
 * nodes); those of yields are ours.
 */
export type StateKey<Value> = string & { readonly holds?: Value }

const COLUMNS = {
  account: "00",
  code: "01",
  accessKey: "02",
  receivedData: "03",
  postponedReceiptId: "04",
  pendingDataCount: "05",
  postponedReceipt: "06",
  data: "09",
  yieldTimeoutIndices: "0a",
  yieldTimeout: "0b",
  yieldReceipt: "0c",
  yieldStatus: "11",
  yieldId: "12",
} as const

/** Prefixes of all receipts that wait in the state. */
export const POSTPONED_RECEIPTS = COLUMNS.postponedReceipt
export const YIELD_RECEIPTS = COLUMNS.yieldReceipt

type Column = keyof typeof COLUMNS

export const accountKey = (account: string): StateKey<Account> => keyOf("account", account)
export const codeKey = (account: string): StateKey<Uint8Array> => keyOf("code", account)

/** `publicKey`: borsh bytes. */
export function accessKeyKey(account: string, publicKey: Uint8Array): StateKey<AccessKey> {
  return accessKeyPrefix(account) + hex(publicKey)
}
export const accessKeyPrefix = (account: string) => `${keyOf("accessKey", account)}02`

export function dataKey(account: string, key: Uint8Array): StateKey<Uint8Array> {
  return dataPrefix(account) + hex(key)
}
export const dataPrefix = (account: string) => below("data", account, "")

/** `data` is null for a promise that failed. */
export const receivedDataKey = (
  account: string,
  dataId: string,
): StateKey<{ data: Uint8Array | null }> => below("receivedData", account, dataId)
export const postponedReceiptIdKey = (account: string, dataId: string): StateKey<string> =>
  below("postponedReceiptId", account, dataId)
export const pendingDataCountKey = (account: string, receiptId: string): StateKey<number> =>
  below("pendingDataCount", account, receiptId)
export const postponedReceiptKey = (account: string, receiptId: string): StateKey<ActionReceipt> =>
  below("postponedReceipt", account, receiptId)
export const yieldReceiptKey = (account: string, dataId: string): StateKey<ActionReceipt> =>
  below("yieldReceipt", account, dataId)
export const yieldStatusKey = (account: string, dataId: string): StateKey<YieldStatus> =>
  below("yieldStatus", account, dataId)
/** From the contract's own id to the data id. */
export const yieldIdKey = (account: string, yieldId: string): StateKey<string> =>
  below("yieldId", account, yieldId)
export const yieldTimeoutIndicesKey: StateKey<{ first: number; next: number }> =
  COLUMNS.yieldTimeoutIndices
export const yieldTimeoutKey = (index: number): StateKey<YieldTimeout> =>
  COLUMNS.yieldTimeout + index.toString(16).padStart(16, "0")

/** What a key is about, for those who report changes; undefined for the runtime's own columns. */
export function readStateKey(
  key: string,
):
  | { column: "account" | "code" | "accessKey" | "data"; account: string; rest: string }
  | undefined {
  const after = key.slice(2)
  switch (key.slice(0, 2)) {
    case COLUMNS.account:
      return { column: "account", account: text(after), rest: "" }
    case COLUMNS.code:
      return { column: "code", account: text(after), rest: "" }
    case COLUMNS.accessKey:
      return split("accessKey", after, "02")
    case COLUMNS.data:
      return split("data", after, "2c")
    default:
      return undefined
  }
}

function split(column: "accessKey" | "data", after: string, separator: string) {
  let end = 0
  while (after.slice(end, end + 2) !== separator) end += 2
  return { column, account: text(after.slice(0, end)), rest: after.slice(end + 2) }
}

function keyOf(column: Column, account: string): string {
  return COLUMNS[column] + Buffer.from(account, "latin1").toString("hex")
}

function below(column: Column, account: string, rest: string): string {
  return `${keyOf(column, account)}2c${rest}`
}

const hex = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")
const text = (digits: string) => Buffer.from(digits, "hex").toString("latin1")
