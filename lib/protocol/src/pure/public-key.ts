/** Ed25519 keys as NEAR writes them: `ed25519:` and base58 of 32 bytes. */
import { hexOf } from "./canonical-bytes.ts"

const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
const PREFIX = "ed25519:"

export function encodePublicKey(bytes: Uint8Array): string {
  return PREFIX + base58Of(bytes)
}

/** 32 bytes; undefined for another curve, another length or another spelling. */
export function decodePublicKey(text: string): Uint8Array | undefined {
  const digits = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : ""
  if (digits.length < 32 || digits.length > 44) return undefined
  let number = 0n
  for (const digit of digits) {
    const value = DIGITS.indexOf(digit)
    if (value < 0) return undefined
    number = number * 58n + BigInt(value)
  }
  const hex = number.toString(16).padStart(64, "0")
  const pairs = hex.match(/../g) ?? []
  const bytes = Uint8Array.from(pairs.slice(0, 32), (pair) => Number.parseInt(pair, 16))
  // One spelling: neither too large a number nor ones in front that stand for no byte.
  return hex.length === 64 && encodePublicKey(bytes) === text ? bytes : undefined
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
