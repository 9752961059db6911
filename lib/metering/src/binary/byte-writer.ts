/** Bytes that grow. */
export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** What was written; valid until the next write. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  copy(source: Uint8Array, from = 0, to = source.length): void {
    const count = to - from
    if (this.#length + count > this.#bytes.length) this.#grow(count)
    // A loop is quicker than a call for the few bytes that lie between two edits.
    if (count < 48) {
      for (let at = from; at < to; at += 1) this.#bytes[this.#length++] = source[at] as number
    } else {
      this.#bytes.set(source.subarray(from, to), this.#length)
      this.#length += count
    }
  }

  u32(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** A signed LEB128 of a number that is exact (within 2^53). */
  signed(value: number): void {
    let rest = value
    for (;;) {
      const low = ((rest % 128) + 128) % 128
      rest = (rest - low) / 128
      if ((rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)) return this.byte(low)
      this.byte(low | 0x80)
    }
  }

  name(text: string): void {
    const bytes = new TextEncoder().encode(text)
    this.u32(bytes.length)
    this.copy(bytes)
  }

  section(id: number, content: Uint8Array): void {
    this.byte(id)
    this.u32(content.length)
    this.copy(content)
  }

  #grow(count: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count))
    larger.set(this.written())
    this.#bytes = larger
  }
}
