/** A Borsh text that cannot be one. */
export class BorshError extends Error {}

/** Strict where the npm library is lax: tags, options, UTF-8, and nothing may be left over. */
export class BorshReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get offset(): number {
    return this.#offset
  }

  /** What was read since an earlier offset. */
  since(offset: number): Uint8Array {
    return this.#bytes.subarray(offset, this.#offset)
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true)
  }

  u128(): bigint {
    const low = this.u64()
    return low | (this.u64() << 64n)
  }

  fixed(length: number): Uint8Array {
    const start = this.#take(length)
    return this.#bytes.slice(start, start + length)
  }

  bytes(): Uint8Array {
    return this.fixed(this.u32())
  }

  string(): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.bytes())
    } catch (cause) {
      if (cause instanceof BorshError) throw cause
      throw new BorshError("a string is not UTF-8", { cause })
    }
  }

  option<Value>(read: () => Value): Value | undefined {
    const tag = this.u8()
    if (tag > 1) throw new BorshError(`option tag ${tag}`)
    return tag === 1 ? read() : undefined
  }

  vector<Value>(read: () => Value): Value[] {
    const values: Value[] = []
    for (let left = this.u32(); left > 0; left--) values.push(read())
    return values
  }

  end(): void {
    if (this.#offset !== this.#bytes.length) throw new BorshError("bytes are left over")
  }

  #take(length: number): number {
    const start = this.#offset
    if (start + length > this.#bytes.length) throw new BorshError("unexpected end of input")
    this.#offset += length
    return start
  }
}
