/** A NEAR transaction as it was signed (borsh; NEAR's nomicon, transactions): what it calls, by whose key. */
import type { Host } from "./host.ts"

export interface SignedCall {
  signer: string
  /** 32 bytes. */
  publicKey: Uint8Array
  receiver: string
  method: string
  /** As sent: UTF-8 of JSON, where a settlement is concerned. */
  args: Uint8Array
}

interface Reader {
  bytes: Uint8Array
  at: number
}

const ED25519 = 0
const FUNCTION_CALL = 2

/** The calls of a transaction whose signature is right; undefined for anything else. */
export function readSignedCalls(host: Host, bytes: Uint8Array): SignedCall[] | undefined {
  try {
    return read(host, bytes)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function read(host: Host, bytes: Uint8Array): SignedCall[] | undefined {
  const reader: Reader = { bytes, at: 0 }
  const signer = takeText(host, reader)
  demand(takeByte(reader) === ED25519)
  const publicKey = takeBytes(reader, 32)
  takeBytes(reader, 8) // the nonce
  const receiver = takeText(host, reader)
  takeBytes(reader, 32) // the hash of a recent block
  const calls: SignedCall[] = []
  for (let actions = takeU32(reader); actions > 0; actions -= 1) {
    // A worker's key may do nothing else.
    demand(takeByte(reader) === FUNCTION_CALL)
    const method = takeText(host, reader)
    const args = takeBytes(reader, takeU32(reader))
    takeBytes(reader, 8 + 16) // gas and deposit
    calls.push({ signer, publicKey, receiver, method, args })
  }
  const signed = host.sha256(bytes.subarray(0, reader.at))
  demand(takeByte(reader) === ED25519)
  const signature = takeBytes(reader, 64)
  demand(reader.at === bytes.length)
  return host.ed25519Verify(signature, signed, publicKey) ? calls : undefined
}

function takeBytes(reader: Reader, count: number): Uint8Array {
  const end = reader.at + count
  demand(end <= reader.bytes.length)
  const bytes = reader.bytes.subarray(reader.at, end)
  reader.at = end
  return bytes
}

function takeByte(reader: Reader): number {
  return takeBytes(reader, 1)[0] ?? 0
}

function takeU32(reader: Reader): number {
  const [a = 0, b = 0, c = 0, d = 0] = takeBytes(reader, 4)
  return a + b * 0x100 + c * 0x10000 + d * 0x1000000
}

function takeText(host: Host, reader: Reader): string {
  return host.fromUtf8(takeBytes(reader, takeU32(reader)))
}

function demand(holds: boolean): void {
  if (!holds) throw new RangeError("not a signed transaction of function calls")
}
