/** A chain of one account in memory, for unit tests of the modules. */
import { createHash } from "node:crypto"
import { LIMITS } from "@outlayer/protocol/pure"
import type { Host } from "./host.ts"

/** As on chain, for a receipt to another account: near/docs, `data_receipt_creation_per_byte`. */
const BYTE_GAS = 64_895_726n
const RETURN_GAS = 3_000_000_000n

export interface Transfer {
  to: string
  amount: bigint
  callback: { method: string; args: string }
}

export class FakeHost implements Host {
  caller = "app.near"
  signedBy = new Uint8Array(33)
  attached = 0n
  account = 10n ** 25n
  timeNs = 1_763_380_000_000_000_000n
  height = 1000
  records = new Map<string, string>()
  logs: string[] = []
  returned: string | undefined
  transfers: Transfer[] = []
  /** By data id in hex: undefined while nobody has resumed it. */
  yields = new Map<string, string | undefined>()
  result: string | undefined
  gas = BigInt(LIMITS.responseGas)
  /** Receipts that wait for what a call returns. */
  waiting = 1n

  predecessor = () => this.caller
  self = () => "outlayer.near"
  signerKey = () => this.signedBy
  deposit = () => this.attached
  balance = () => this.account
  storageUsage = () => {
    let bytes = 0
    for (const [key, value] of this.records) bytes += 40 + Buffer.byteLength(key + value)
    return BigInt(bytes)
  }
  blockHeight = () => this.height
  blockTimestamp = () => this.timeNs

  read = (key: string) => this.records.get(key)
  has = (key: string) => this.records.has(key)
  write = (key: string, value: string) => {
    this.records.set(key, value)
  }
  replace = (key: string, value: string) => {
    const before = this.records.get(key)
    this.records.set(key, value)
    return before
  }
  remove = (key: string) => {
    const value = this.records.get(key)
    this.records.delete(key)
    return value
  }

  sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest())
  utf8 = (text: string) => new TextEncoder().encode(text)
  fromUtf8 = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
  hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
  base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64")
  fromBase64 = (text: string) => {
    const bytes = Buffer.from(text, "base64")
    return bytes.toString("base64") === text ? new Uint8Array(bytes) : undefined
  }

  log = (line: string) => {
    this.logs.push(line)
  }
  usedGas = () => LIMITS.responseGas - Number(this.gas)
  returnBytes = (value: Uint8Array) => {
    this.gas -= RETURN_GAS + BigInt(value.length) * BYTE_GAS * this.waiting
    if (this.gas < 0n) throw new Error("Exceeded the prepaid gas.")
    this.returned = this.fromUtf8(value)
  }
  returnYield = () => {
    const dataId = this.sha256(this.utf8(`yield ${this.yields.size}`))
    this.yields.set(this.hex(dataId), undefined)
    return dataId
  }
  resume = (dataId: Uint8Array, payload: string) => {
    if (this.utf8(payload).length > LIMITS.smallPayloadBytes) throw new Error("YieldPayloadLength")
    const key = this.hex(dataId)
    if (!this.yields.has(key)) return false
    // The first payload wins.
    this.yields.set(key, this.yields.get(key) ?? payload)
    return true
  }
  promiseResult = () => this.result
  transfer = (to: string, amount: bigint, callback: Transfer["callback"]) => {
    this.transfers.push({ to, amount, callback })
  }
}
