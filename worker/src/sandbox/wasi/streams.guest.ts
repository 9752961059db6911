/** The guest's stdin, stdout and stderr. */
import { Stop } from "./stop.guest.ts"

/** What the sandbox reports of stderr. */
const STDERR_TAIL_BYTES = 8192
/** Frames of output are about this large. */
const CHUNK_BYTES = 65_536

export interface Source {
  /** Fills the buffers in order, and says how much that was. */
  read(buffers: readonly Uint8Array[]): number
  readonly available: number
}

export interface Sink {
  write(bytes: Uint8Array): void
}

export class Stdin implements Source {
  #rest: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#rest = bytes
  }

  get available(): number {
    return this.#rest.length
  }

  read(buffers: readonly Uint8Array[]): number {
    let total = 0
    for (const buffer of buffers) {
      const part = this.#rest.subarray(0, buffer.length)
      buffer.set(part)
      this.#rest = this.#rest.subarray(part.length)
      total += part.length
    }
    return total
  }
}

/** stdout: handed on in chunks, and the end of a guest that writes more than it may. */
export class Stdout implements Sink {
  readonly #send: (bytes: Uint8Array) => void
  #roomBytes: number
  #waiting: Uint8Array[] = []
  #waitingBytes = 0

  constructor(maxBytes: number, send: (bytes: Uint8Array) => void) {
    this.#roomBytes = maxBytes
    this.#send = send
  }

  write(bytes: Uint8Array): void {
    const part = bytes.slice(0, this.#roomBytes)
    this.#roomBytes -= part.length
    this.#waiting.push(part)
    this.#waitingBytes += part.length
    if (part.length < bytes.length) throw new Stop("output")
    if (this.#waitingBytes >= CHUNK_BYTES) this.flush()
  }

  flush(): void {
    if (this.#waitingBytes > 0) this.#send(Buffer.concat(this.#waiting))
    this.#waiting = []
    this.#waitingBytes = 0
  }
}

/** stderr: only its end is kept. */
export class Stderr implements Sink {
  #tail: Uint8Array = new Uint8Array(0)

  write(bytes: Uint8Array): void {
    const end = bytes.subarray(-STDERR_TAIL_BYTES)
    const before = this.#tail.subarray(
      Math.max(0, this.#tail.length + end.length - STDERR_TAIL_BYTES),
    )
    this.#tail = Buffer.concat([before, end])
  }

  get tail(): Uint8Array {
    return this.#tail
  }
}
