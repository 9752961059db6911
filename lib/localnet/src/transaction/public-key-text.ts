import { base58 } from "@scure/base"
import { encodeBase58 } from "./base58.ts"

const CURVES = ["ed25519", "secp256k1"]
const KEY_LENGTHS = [32, 64]

/** `ed25519:<base58>` of borsh bytes; of signatures too. */
export function keyToText(bytes: Uint8Array): string {
  return `${CURVES[bytes[0] ?? -1] ?? "unknown"}:${encodeBase58(bytes.subarray(1))}`
}

/** Borsh bytes; undefined when the text is no public key. A bare base58 text is an ed25519 key. */
export function keyFromText(text: string): Uint8Array | undefined {
  const [curve = "", digits] = text.includes(":") ? text.split(":") : ["ed25519", text]
  const place = CURVES.indexOf(curve)
  if (place === -1 || digits === undefined) return undefined
  try {
    const key = base58.decode(digits)
    if (key.length !== KEY_LENGTHS[place]) return undefined
    return new Uint8Array([place, ...key])
  } catch {
    return undefined
  }
}

export const base58OfHex = (hex: string) => encodeBase58(Buffer.from(hex, "hex"))

/** Hex of a 32-byte hash; undefined when the text is none. */
export function hashFromText(text: string): string | undefined {
  try {
    const bytes = base58.decode(text)
    return bytes.length === 32 ? Buffer.from(bytes).toString("hex") : undefined
  } catch {
    return undefined
  }
}
