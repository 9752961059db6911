/** A writer of DER, by hand: less than a library would need to be told. */

export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => element(0x30, ...items)
export const set = (...items: readonly Uint8Array[]): Buffer => element(0x31, ...items)
export const octetString = (bytes: Uint8Array): Buffer => element(0x04, bytes)
export const bitString = (bytes: Uint8Array, unusedBits = 0): Buffer =>
  element(0x03, Buffer.from([unusedBits]), bytes)
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]))
export const enumerated = (value: number): Buffer => element(0x0a, Buffer.from([value]))
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text))
export const printableString = (text: string): Buffer => element(0x13, Buffer.from(text))

/** Unsigned, big-endian. */
export function integer(value: number | Uint8Array): Buffer {
  const bytes =
    typeof value === "number" ? Buffer.from(value.toString(16).padStart(8, "0"), "hex") : value
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1
  const minimal = bytes.subarray(start)
  const sign = (minimal[0] ?? 0) >= 0x80 ? [0] : []
  return element(0x02, Buffer.from(sign), minimal)
}

/** Dotted, the first arc 0 to 2. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const digits = [arc & 0x7f]
    for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift(0x80 | (left & 0x7f))
    bytes.push(...digits)
  }
  return element(0x06, Buffer.from(bytes))
}

/** UTCTime up to 2049, GeneralizedTime after it (RFC 5280, 4.1.2.5). */
export function time(seconds: number): Buffer {
  const digits = new Date(seconds * 1000).toISOString().replaceAll(/[-:T]|\.000/g, "")
  return digits < "2050"
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits))
}
