/** HKDF (RFC 5869) over SHA-512: tweetnacl, which users have for sealing, has no SHA-256. */

export type Sha512 = (bytes: Uint8Array) => Uint8Array

const HASH_BYTES = 64
/** Of SHA-512, as HMAC (RFC 2104) needs it. */
const BLOCK_BYTES = 128

/** At most 255 × 64 bytes. What it derives on the way is overwritten. */
export function hkdf(
  sha512: Sha512,
  options: { secret: Uint8Array; salt: Uint8Array; info: Uint8Array; length: number },
): Uint8Array {
  const { secret, salt, info, length } = options
  if (length < 1 || length > 255 * HASH_BYTES) throw new RangeError("length: 1 to 16320 bytes")
  const key = hmacSha512(sha512, salt, secret)
  const output = new Uint8Array(length)
  let block: Uint8Array = new Uint8Array(0)
  for (let done = 0, counter = 1; done < length; done += HASH_BYTES, counter += 1) {
    const next = hmacSha512(sha512, key, joinBytes(block, info, Uint8Array.of(counter)))
    block.fill(0)
    block = next
    output.set(block.subarray(0, Math.min(HASH_BYTES, length - done)), done)
  }
  block.fill(0)
  key.fill(0)
  return output
}

export function hmacSha512(sha512: Sha512, key: Uint8Array, message: Uint8Array): Uint8Array {
  const short = key.length > BLOCK_BYTES ? sha512(key) : key
  const inner = new Uint8Array(BLOCK_BYTES + message.length)
  const outer = new Uint8Array(BLOCK_BYTES + HASH_BYTES)
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    const byte = short[at] ?? 0
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  inner.set(message, BLOCK_BYTES)
  const digest = sha512(inner)
  outer.set(digest, BLOCK_BYTES)
  const mac = sha512(outer)
  inner.fill(0)
  outer.fill(0)
  digest.fill(0)
  return mac
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
