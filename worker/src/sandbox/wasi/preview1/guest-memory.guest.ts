/** The guest's linear memory, with every access checked. */

/** A pointer led outside of the guest's memory: the call answers `fault`. */
export class Fault extends Error {
  override readonly name = "Fault"
}

export class GuestMemory {
  #memory: WebAssembly.Memory | undefined
  #view = new DataView(new ArrayBuffer(0))

  /** Until there is an instance there are no exports: calls of a start function see no memory. */
  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory
  }

  /** A window on the guest's bytes, good until the guest runs again. */
  bytes(pointer: number, length: number): Uint8Array {
    const view = this.#at(pointer, length)
    return new Uint8Array(view.buffer, pointer, length)
  }

  /** Reads a list of `iovec`: its buffers are checked, not yet touched. */
  buffers(pointer: number, count: number): Uint8Array[] {
    const view = this.#at(pointer, count * 8)
    return Array.from({ length: count }, (_, index) => {
      const at = pointer + index * 8
      return this.bytes(view.getUint32(at, true), view.getUint32(at + 4, true))
    })
  }

  u8(pointer: number): number {
    return this.#at(pointer, 1).getUint8(pointer)
  }

  u16(pointer: number): number {
    return this.#at(pointer, 2).getUint16(pointer, true)
  }

  u32(pointer: number): number {
    return this.#at(pointer, 4).getUint32(pointer, true)
  }

  u64(pointer: number): bigint {
    return this.#at(pointer, 8).getBigUint64(pointer, true)
  }

  setU8(pointer: number, value: number): void {
    this.#at(pointer, 1).setUint8(pointer, value)
  }

  setU16(pointer: number, value: number): void {
    this.#at(pointer, 2).setUint16(pointer, value, true)
  }

  setU32(pointer: number, value: number): void {
    this.#at(pointer, 4).setUint32(pointer, value, true)
  }

  setU64(pointer: number, value: bigint): void {
    this.#at(pointer, 8).setBigUint64(pointer, value, true)
  }

  #at(pointer: number, length: number): DataView {
    // A memory that has grown has a new buffer.
    const buffer = this.#memory?.buffer
    if (buffer && buffer !== this.#view.buffer) this.#view = new DataView(buffer)
    if (pointer + length > this.#view.byteLength) throw new Fault("outside of the memory")
    return this.#view
  }
}
