/** A register contract over a fake host, with workers that are there without a quote: for unit tests. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { create } from "./admin.ts"
import { FakeHost } from "./fake-host.ts"
import { addMeasurement } from "./measurements.ts"
import { encodePublicKey } from "@outlayer/protocol/pure"
import { onWorkerEntered } from "./register-worker.ts"
import { stake } from "./stake.ts"
import type { State } from "./state.ts"

export const NEAR = 10n ** 24n
export const DAY_NS = 86_400_000_000_000n

export interface FakeRegister {
  state: State
  host: FakeHost
}

export interface WorkerKey {
  text: string
  bytes: Uint8Array
  privateKey: KeyObject
}

export function fakeRegister(): FakeRegister {
  const host = new FakeHost()
  const args = { owner_id: "owner.near", init_account_id: "init.near" }
  const state = create(host, { ...args, outlayer_contract_id: "outlayer.near" })
  return { state, host }
}

export function measurementOf(digit: string, role: "worker" | "keystore" = "worker") {
  const register = digit.repeat(96)
  const compose_hash = digit.repeat(64)
  const measured = { mrtd: register, rtmr0: register, rtmr1: register, rtmr2: register }
  const origin =
    role === "worker"
      ? { key_provider: null, key_provider_id: null, app_id: null }
      : { key_provider: "kms", key_provider_id: digit.repeat(64), app_id: digit.repeat(40) }
  return { role, ...measured, compose_hash, ...origin }
}

export function approve({ state, host }: FakeRegister, digit = "a"): string {
  return as(host, "owner.near", () => addMeasurement(state, host, measurementOf(digit)))
}

export function stakeAs({ state, host }: FakeRegister, account: string, amount: bigint): void {
  host.attached = amount
  host.account += amount
  as(host, account, () => stake(state, host))
  host.attached = 0n
}

export function newKey(): WorkerKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  const { x } = publicKey.export({ format: "jwk" })
  const bytes = new Uint8Array(Buffer.from(x ?? "", "base64url"))
  return { text: encodePublicKey(bytes), bytes, privateKey }
}

/** What a registration comes to, without its first step, the quote. */
export function enterKey(
  { state, host }: FakeRegister,
  account: string,
  key: WorkerKey,
  measurement: string,
): void {
  host.result = ""
  onWorkerEntered(state, host, {
    account_id: account,
    public_key: key.text,
    measurement,
    fmspc: "b0c06f000000",
    expires_at_ns: String(host.timeNs + DAY_NS),
    allowance: String(10n * NEAR),
    reserved: "0",
  })
  host.result = undefined
}

/** Whatever `work` does, it does as that caller. */
export function as<T>(host: FakeHost, caller: string, work: () => T): T {
  const before = host.caller
  host.caller = caller
  try {
    return work()
  } finally {
    host.caller = before
  }
}

export interface SignedOptions {
  method?: string
  signer?: string
  receiver?: string
}

/** A transaction as a worker signs it (borsh), in base64. */
export function signedCall(key: WorkerKey, args: unknown, options: SignedOptions = {}): string {
  const { method = "resolve_execution", signer = "register.near" } = options
  const { receiver = "outlayer.near" } = options
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const text = (value: string) => Buffer.concat([u32(Buffer.byteLength(value)), Buffer.from(value)])
  const transaction = Buffer.concat([
    text(signer),
    Buffer.from([0]),
    key.bytes,
    Buffer.alloc(8, 1),
    text(receiver),
    Buffer.alloc(32, 2),
    u32(1),
    Buffer.from([2]),
    text(method),
    text(JSON.stringify(args)),
    Buffer.alloc(8 + 16, 3),
  ])
  const digest = new FakeHost().sha256(transaction)
  const signature = sign(null, digest, key.privateKey)
  return Buffer.concat([transaction, Buffer.from([0]), signature]).toString("base64")
}
