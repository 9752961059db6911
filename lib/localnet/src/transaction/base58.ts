/** Base58 of hashes and keys: every view of a block is full of them. */

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
const DIGITS = 5
/** Times 2^16 it is below 2^53, hence exact. */
const LIMB = 58 ** DIGITS

/** Five digits a step, where an encoder for any radix takes one. */
export function encodeBase58(bytes: Uint8Array): string {
  let zeros = 0
  while (bytes[zeros] === 0) zeros += 1
  // The number in limbs, the lowest first; taken in two bytes at a time, an odd one first.
  const limbs: number[] = []
  let at = zeros
  if ((bytes.length - at) % 2 === 1) multiplyAdd(limbs, 256, bytes[at++] ?? 0)
  for (; at < bytes.length; at += 2) {
    multiplyAdd(limbs, 65_536, (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0))
  }
  let text = ""
  for (let limb of limbs) {
    for (let digit = 0; digit < DIGITS; digit += 1) {
      text = (ALPHABET[limb % 58] ?? "") + text
      limb = Math.floor(limb / 58)
    }
  }
  // The highest limb may begin with zeros that are no digits.
  return "1".repeat(zeros) + text.replace(/^1+/, "")
}

function multiplyAdd(limbs: number[], factor: number, summand: number): void {
  let carry = summand
  for (let i = 0; i < limbs.length; i += 1) {
    const value = (limbs[i] ?? 0) * factor + carry
    carry = Math.floor(value / LIMB)
    limbs[i] = value - carry * LIMB
  }
  if (carry > 0) limbs.push(carry)
}
