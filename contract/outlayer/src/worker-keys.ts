/**
 * Keys of workers that the register contract has verified, and who may settle.
 *
 *     w{curve and key, hex}   [expires, measurement, entered]
 *     m{measurement}          when it was withdrawn
 *
 * A key lives until it expires, and as long as its measurement was not withdrawn after it was
 * entered: one that is approved again needs new registrations.
 */
import { decodePublicKey } from "@outlayer/protocol/pure"
import { readFields, readHex, readNanoseconds, readText } from "./arguments.ts"
import type { Host } from "./host.ts"
import type { State } from "./state.ts"

interface WorkerKey {
  expiresAt: bigint
  measurement: string
  enteredAt: bigint
}

type Encoded = [expiresAt: string, measurement: string, enteredAt: string]

/** Before a key's 32 bytes, as the chain gives them: 0 is Ed25519. */
const ED25519 = "00"

const recordKey = (publicKey: string) => `w${publicKey}`
const withdrawalKey = (measurement: string) => `m${measurement}`

/** An operator; or a worker by the register contract's account, with a live key. */
export function requireSettler(state: State, host: Host): void {
  const caller = host.predecessor()
  if (state.operators.includes(caller)) return
  if (caller !== state.register) throw new Error("Only operator can call this")
  const key = findKey(host, host.hex(host.signerKey()))
  if (!key) throw new Error("This worker key is not registered")
  const problem = whyDead(host, key)
  if (problem !== undefined) throw new Error(`This worker key ${problem}`)
}

/** Enters a key, or renews it. */
export function setWorkerKey(state: State, host: Host, args: unknown): void {
  requireRegister(state, host)
  const fields = readFields(args, "arguments", ["public_key", "expires_at_ns", "measurement"])
  const publicKey = readKey(host, fields["public_key"])
  const key: WorkerKey = {
    expiresAt: readNanoseconds(fields["expires_at_ns"], "expires_at_ns"),
    measurement: readHex(fields["measurement"], "measurement", 32),
    enteredAt: host.blockTimestamp(),
  }
  const problem = whyDead(host, key)
  if (problem !== undefined) throw new Error(`This worker key ${problem}`)
  const { expiresAt, measurement, enteredAt } = key
  const record: Encoded = [String(expiresAt), measurement, String(enteredAt)]
  host.write(recordKey(publicKey), JSON.stringify(record))
}

/** One that is not there is no error: whoever removes it wants it gone. */
export function removeWorkerKey(state: State, host: Host, args: unknown): void {
  requireRegister(state, host)
  const fields = readFields(args, "arguments", ["public_key"])
  host.remove(recordKey(readKey(host, fields["public_key"])))
}

export function withdrawMeasurement(state: State, host: Host, args: unknown): void {
  requireRegister(state, host)
  const fields = readFields(args, "arguments", ["measurement"])
  const measurement = readHex(fields["measurement"], "measurement", 32)
  host.write(withdrawalKey(measurement), String(host.blockTimestamp()))
}

/** Null for one that is not entered. */
export function getWorkerKey(host: Host, args: unknown): unknown {
  const fields = readFields(args, "arguments", ["public_key"])
  const key = findKey(host, readKey(host, fields["public_key"]))
  if (!key) return null
  return {
    expires_at_ns: String(key.expiresAt),
    measurement: key.measurement,
    is_live: whyDead(host, key) === undefined,
  }
}

function whyDead(host: Host, key: WorkerKey): string | undefined {
  if (host.blockTimestamp() >= key.expiresAt) return "has expired"
  const withdrawnAt = host.read(withdrawalKey(key.measurement))
  const isWithdrawn = withdrawnAt !== undefined && BigInt(withdrawnAt) >= key.enteredAt
  return isWithdrawn ? "has a measurement that was withdrawn" : undefined
}

function findKey(host: Host, publicKey: string): WorkerKey | undefined {
  const record = host.read(recordKey(publicKey))
  if (record === undefined) return undefined
  // Written by `setWorkerKey`.
  const [expiresAt, measurement, enteredAt] = JSON.parse(record) as Encoded
  return { expiresAt: BigInt(expiresAt), measurement, enteredAt: BigInt(enteredAt) }
}

function readKey(host: Host, value: unknown): string {
  const text = readText(value, "public_key")
  const bytes = decodePublicKey(text)
  if (!bytes) throw new Error(`public_key is not an ed25519 key: ${text.slice(0, 80)}`)
  return ED25519 + host.hex(bytes)
}

function requireRegister(state: State, host: Host): void {
  if (host.predecessor() === state.register) return
  throw new Error("Only the register contract can call this")
}
