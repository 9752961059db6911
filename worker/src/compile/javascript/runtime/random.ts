/**
 * Fresh randomness. The engine's own `Math.random` is seeded while the component is built: every run
 * would draw the same numbers, and whoever has the wasm would know them.
 */
import random from "wasi:random/random@0.2.6"
import { requireRun } from "./stage.ts"

const POOL = 1024
let pool = new Uint8Array()

function randomBytes(length: number): Uint8Array {
  requireRun("Randomness")
  if (length > POOL) return Uint8Array.from(random.getRandomBytes(length))
  if (pool.length < length) pool = Uint8Array.from(random.getRandomBytes(POOL))
  const bytes = pool.slice(0, length)
  pool = pool.subarray(length)
  return bytes
}

/** 53 bits, as many as a number has. */
export function randomNumber(): number {
  const view = new DataView(randomBytes(8).buffer)
  return (view.getUint32(0) * 2 ** 21 + (view.getUint32(4) >>> 11)) / 2 ** 53
}

export const guestCrypto = {
  getRandomValues<T extends ArrayBufferView>(array: T): T {
    const target = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
    target.set(randomBytes(target.length))
    return array
  },
  /** RFC 9562, version 4. */
  randomUUID(): string {
    const bytes = randomBytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
  },
}
