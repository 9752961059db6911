import { ModuleRefused } from "../module-refused.ts"
import type { Limit } from "./rules.ts"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Reads the binary format strictly: an integer that is too long, or a read past `end`, refuses the module. */
export class ByteReader {
  readonly bytes: Uint8Array
  at: number
  readonly end: number

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  fail(what: string): never {
    throw new ModuleRefused("malformed", `${what} at byte ${this.at}`)
  }

  byte(): number {
    if (this.at >= this.end) this.fail("unexpected end")
    return this.bytes[this.at++] as number
  }

  skip(count: number): void {
    if (count > this.end - this.at) this.fail("unexpected end")
    this.at += count
  }

  /** An unsigned 32-bit LEB128: at most five bytes, the unused bits of the fifth zero. */
  u32(): number {
    let byte = this.byte()
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let shift = 7; shift < 28; shift += 7) {
      byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    byte = this.byte()
    if (byte > 0x0f) this.fail("integer too long")
    return (value | (byte << 28)) >>> 0
  }

  /** A signed LEB128 of `bits` (32, 33 or 64), whose value is of no interest. */
  skipSigned(bits: number): void {
    const longest = Math.ceil(bits / 7)
    for (let length = 1; length < longest; length += 1) {
      if (this.byte() < 0x80) return
    }
    const last = this.byte()
    // The bits beyond the type's width repeat its sign.
    const used = bits - 7 * (longest - 1)
    const sign = (last & 0x7f) >> (used - 1)
    if (last >= 0x80 || (sign !== 0 && sign !== (1 << (8 - used)) - 1)) {
      this.fail("integer too long")
    }
  }

  /** A signed 33-bit LEB128, as block types are. */
  s33(): number {
    const start = this.at
    this.skipSigned(33)
    let value = 0
    let scale = 1
    for (let at = start; at < this.at; at += 1) {
      value += ((this.bytes[at] as number) & 0x7f) * scale
      scale *= 128
    }
    const negative = ((this.bytes[this.at - 1] as number) & 0x40) !== 0
    return negative ? value - scale : value
  }

  name(longest: Limit): string {
    const length = this.u32()
    if (length > longest.most) throw new ModuleRefused(longest.code, `name of ${length} bytes`)
    const start = this.at
    this.skip(length)
    try {
      return utf8.decode(this.bytes.subarray(start, this.at))
    } catch {
      return this.fail("name that is not UTF-8")
    }
  }

  /** The number of entries of a vector, each of which takes at least `smallest` bytes. */
  count(what: string, limit: Limit, smallest = 1): number {
    const count = this.u32()
    if (count > limit.most) {
      throw new ModuleRefused(limit.code, `${count} ${what}, of at most ${limit.most}`)
    }
    if (count * smallest > this.end - this.at) this.fail(`${count} ${what} in too few bytes`)
    return count
  }
}
