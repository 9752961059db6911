/** Ed25519 keys as NEAR writes them: `ed25519:` and base58 of 32 bytes. */

const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
const PREFIX = "ed25519:"

export interface PublicKey {
  /** The one spelling: what is signed and stored. */
  text: string
  /** 32. */
  bytes: Uint8Array
}

export function readPublicKey(value: unknown, what: string): PublicKey {
  if (typeof value !== "string") throw new Error(`${what} must be a string`)
  const bytes = value.startsWith(PREFIX) ? decodeBase58(value.slice(PREFIX.length)) : undefined
  if (!bytes) throw new Error(`${what} is not an ed25519 key: ${value.slice(0, 80)}`)
  return { text: value, bytes }
}

/** As the chain's actions take it: the curve's number, 0, before the key. */
export function toActionKey(bytes: Uint8Array): Uint8Array {
  const key = new Uint8Array(33)
  key.set(bytes, 1)
  return key
}

/** Canonical: leading zero bytes are leading ones, so every key has one spelling. */
function decodeBase58(text: string): Uint8Array | undefined {
  if (text.length < 32 || text.length > 44) return undefined
  let number = 0n
  for (const digit of text) {
    const value = DIGITS.indexOf(digit)
    if (value < 0) return undefined
    number = number * 58n + BigInt(value)
  }
  let zeros = 0
  while (text[zeros] === "1") zeros += 1
  const hex = number === 0n ? "" : number.toString(16)
  const length = zeros + Math.ceil(hex.length / 2)
  if (length !== 32) return undefined
  const padded = hex.padStart(64, "0")
  return Uint8Array.from({ length: 32 }, (_, at) => parseInt(padded.slice(at * 2, at * 2 + 2), 16))
}

export function toText(bytes: Uint8Array): string {
  let number = 0n
  let zeros = ""
  for (const byte of bytes) {
    if (number === 0n && byte === 0) zeros += DIGITS[0]
    number = number * 256n + BigInt(byte)
  }
  let digits = ""
  for (; number > 0n; number /= 58n) digits = (DIGITS[Number(number % 58n)] ?? "") + digits
  return PREFIX + zeros + digits
}
