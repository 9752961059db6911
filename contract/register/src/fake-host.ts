/** A chain of one account in memory, for unit tests of the modules: real cryptography, sent receipts as data. */
import { createHash, createPublicKey, verify } from "node:crypto"
import { nodePrimitives } from "@outlayer/attestation"
import type { Action, Host, PromiseId } from "./host.ts"

export interface Receipt {
  to: string
  actions: readonly Action[]
  after: PromiseId | undefined
}

export class FakeHost implements Host {
  caller = "owner.near"
  attached = 0n
  account = 100n * 10n ** 24n
  timeNs = 1_763_380_000_000_000_000n
  chain = "localnet"
  records = new Map<string, string>()
  logs: string[] = []
  receipts: Receipt[] = []
  returned: PromiseId | undefined
  result: string | undefined
  draws = 0

  chainId = () => this.chain
  predecessor = () => this.caller
  self = () => "register.near"
  deposit = () => this.attached
  balance = () => this.account
  storageUsage = () => {
    let bytes = 0
    for (const [key, value] of this.records) bytes += 40 + key.length + Buffer.byteLength(value)
    return BigInt(bytes)
  }
  blockTimestamp = () => this.timeNs
  randomSeed = () => {
    this.draws += 1
    return new Uint8Array(createHash("sha256").update(`seed ${this.draws}`).digest())
  }

  read = (key: string) => this.records.get(key)
  has = (key: string) => this.records.has(key)
  write = (key: string, value: string) => {
    this.records.set(key, value)
  }
  remove = (key: string) => {
    const value = this.records.get(key)
    this.records.delete(key)
    return value
  }

  sha256 = nodePrimitives.sha256
  sha384 = nodePrimitives.sha384
  keccak256 = nodePrimitives.keccak256
  p256Verify = nodePrimitives.p256Verify
  utf8 = nodePrimitives.utf8
  encodeHex = nodePrimitives.encodeHex
  decodeHex = nodePrimitives.decodeHex
  decodeBase64 = nodePrimitives.decodeBase64
  latin1 = nodePrimitives.latin1
  fromUtf8 = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
  ed25519Verify = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => {
    const x = Buffer.from(publicKey).toString("base64url")
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" })
    return verify(null, message, key, signature)
  }

  log = (line: string) => {
    this.logs.push(line)
  }
  send = (to: string, actions: readonly Action[], after?: PromiseId) => {
    this.receipts.push({ to, actions, after })
    return this.receipts.length - 1
  }
  returnPromise = (promise: PromiseId) => {
    this.returned = promise
  }
  promiseResult = () => this.result

  /** The data of the events of that name. */
  events(name: string): Record<string, unknown>[] {
    return this.logs
      .map((line) => JSON.parse(line.slice("EVENT_JSON:".length)))
      .filter(({ event }) => event === name)
      .map(({ data }) => data[0])
  }
}
