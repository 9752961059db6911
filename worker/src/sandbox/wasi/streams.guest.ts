/** The guest's stdin, stdout and stderr. */
import { Gathered } from "./gathered.guest.ts"
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
  #rest: Uint8Array | (() => Uint8Array)

  /** A function is asked once, when the guest first looks: all of it, so that no timing shows. */
  constructor(bytes: Uint8Array | (() => Uint8Array)) {
    this.#rest = bytes
  }

  get available(): number {
    return this.#fetch().length
  }

  read(buffers: readonly Uint8Array[]): number {
    let total = 0
    for (const buffer of buffers) {
      const rest = this.#fetch()
      const part = rest.subarray(0, buffer.length)
      buffer.set(part)
      this.#rest = rest.subarray(part.length)
      total += part.length
    }
    return total
  }

  #fetch(): Uint8Array {
    if (typeof this.#rest === "function") this.#rest = this.#rest()
    return this.#rest
  }
}

/** stdout: handed on in chunks, and the end of a guest that writes more than it may. */
export class Stdout implements Sink {
  readonly #send: (bytes: Uint8Array) => void
  #roomBytes: number
  #waiting = new Gathered()

  constructor(maxBytes: number, send: (bytes: Uint8Array) => void) {
    this.#roomBytes = maxBytes
    this.#send = send
  }

  write(bytes: Uint8Array): void {
    const part = bytes.subarray(0, this.#roomBytes)
    this.#roomBytes -= part.length
    this.#waiting.add(part)
    if (part.length < bytes.length) throw new Stop("output")
    if (this.#waiting.length >= CHUNK_BYTES) this.flush()
  }

  flush(): void {
    if (this.#waiting.length === 0) return
    this.#send(this.#waiting.all)
    this.#waiting = new Gathered()
  }
}

/** stderr: only its end is kept, unless somebody wants all of it. */
export class Stderr implements Sink {
  readonly #send: ((bytes: Uint8Array) => void) | undefined
  readonly #end = new Gathered()

  constructor(send?: (bytes: Uint8Array) => void) {
    this.#send = send
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#send?.(bytes)
    this.#end.add(bytes.subarray(-STDERR_TAIL_BYTES))
    // Now and then: a copy for each byte would be dear.
    if (this.#end.length >= 4 * STDERR_TAIL_BYTES) this.#end.keepLast(STDERR_TAIL_BYTES)
  }

  get tail(): Uint8Array {
    return this.#end.all.subarray(-STDERR_TAIL_BYTES)
  }
}
