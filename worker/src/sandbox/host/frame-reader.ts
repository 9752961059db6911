/** Cuts what a child says into frames, and holds no more than it may say. */
import { FRAME_HEADER_BYTES } from "../wire.ts"

export interface Frame {
  kind: number
  payload: Uint8Array
}

export class FrameReader {
  /** A frame whose payload is longer is a lie. */
  maxBytes = 0
  #chunks: Uint8Array[] = []
  #length = 0

  /** The frames that `chunk` completes. Throws for one that is too large. */
  push(chunk: Uint8Array): Frame[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    const frames: Frame[] = []
    for (;;) {
      if (this.#length < FRAME_HEADER_BYTES) return frames
      const header = this.#peek(FRAME_HEADER_BYTES)
      const size = new DataView(header.buffer, header.byteOffset).getUint32(1, true)
      if (size > this.maxBytes) throw new RangeError(`a frame of ${size} bytes`)
      if (this.#length < FRAME_HEADER_BYTES + size) return frames
      const whole = this.#peek(FRAME_HEADER_BYTES + size)
      // Copied: a view of a few bytes would keep the whole chunk.
      const payload = new Uint8Array(whole.subarray(FRAME_HEADER_BYTES))
      frames.push({ kind: whole[0] ?? 0, payload })
      this.#drop(whole.length)
    }
  }

  /** Joins chunks only when the first is too short: a large frame is joined once. */
  #peek(length: number): Uint8Array {
    const [first] = this.#chunks
    if (first && first.length >= length) return first.subarray(0, length)
    const joined = Buffer.concat(this.#chunks)
    this.#chunks = [joined]
    return joined.subarray(0, length)
  }

  #drop(length: number): void {
    const [first, ...rest] = this.#chunks
    const left = first?.subarray(length)
    this.#chunks = left && left.length > 0 ? [left, ...rest] : rest
    this.#length -= length
  }
}
