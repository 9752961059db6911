/** Ed25519 keys as NEAR writes them: `ed25519:` and base58 of 32 bytes. */
import { hexOf } from "./canonical-bytes.ts"

const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
const PREFIX = "ed25519:"

export function encodePublicKey(bytes: Uint8Array): string {
  return PREFIX + base58Of(bytes)
}

/** 32 bytes; undefined for another curve, another length or another spelling. */
export function decodePublicKey(text: string): Uint8Array | undefined {
  return text.startsWith(PREFIX) ? base58Bytes(text.slice(PREFIX.length), 32) : undefined
}

/** Undefined for what does not encode so many bytes. */
export function base58Bytes(digits: string, length: number): Uint8Array | undefined {
  // A byte takes less than one and a half digits: no long text is worked on.
  if (digits.length > length * 1.5) return undefined
  let number = 0n
  for (const digit of digits) {
    const value = DIGITS.indexOf(digit)
    if (value < 0) return undefined
    number = number * 58n + BigInt(value)
  }
  const hex = number.toString(16).padStart(length * 2, "0")
  if (hex.length !== length * 2) return undefined
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  // One spelling: ones in front must stand for zero bytes.
  return base58Of(bytes) === digits ? bytes : undefined
}

export function base58Of(bytes: Uint8Array): string {
  let zeros = 0
  while (bytes[zeros] === 0) zeros += 1
  const hex = hexOf(bytes)
  let text = ""
  for (let number = hex === "" ? 0n : BigInt(`0x${hex}`); number > 0n; number /= 58n) {
    text = DIGITS.charAt(Number(number % 58n)) + text
  }
  return "1".repeat(zeros) + text
}
