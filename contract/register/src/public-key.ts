/** A worker's key: as NEAR writes it, and as the chain's actions take it. */
import { decodePublicKey } from "@outlayer/protocol/pure"

export interface PublicKey {
  /** The one spelling: what is signed and stored. */
  text: string
  /** 32. */
  bytes: Uint8Array
}

export function readPublicKey(value: unknown, what: string): PublicKey {
  if (typeof value !== "string") throw new Error(`${what} must be a string`)
  const bytes = decodePublicKey(value)
  if (!bytes) throw new Error(`${what} is not an ed25519 key: ${value.slice(0, 80)}`)
  return { text: value, bytes }
}

/** The curve's number, 0, before the key. */
export function toActionKey(bytes: Uint8Array): Uint8Array {
  const key = new Uint8Array(33)
  key.set(bytes, 1)
  return key
}
