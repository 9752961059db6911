/** Bytes that come in pieces of a guest's choosing: what they take is as much as they are, be each piece but one. */

const LEAST_ROOM = 256

export class Gathered {
  #room: Uint8Array = new Uint8Array(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** A view, until more is added. */
  get all(): Uint8Array {
    return this.#room.subarray(0, this.#length)
  }

  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#room.length) this.#widen(length)
    this.#room.set(bytes, this.#length)
    this.#length = length
  }

  /** Forgets all but the end. */
  keepLast(count: number): void {
    this.#room.copyWithin(0, Math.max(0, this.#length - count), this.#length)
    this.#length = Math.min(this.#length, count)
  }

  #widen(length: number): void {
    const room = new Uint8Array(Math.max(LEAST_ROOM, length, 2 * this.#room.length))
    room.set(this.all)
    this.#room = room
  }
}
