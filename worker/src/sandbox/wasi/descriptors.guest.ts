/** The guest's file descriptors: three streams, and nothing else to open. */
import type { Sink, Source } from "./streams.guest.ts"

export interface Descriptor {
  source?: Source
  sink?: Sink
  /** `fdflags`: kept for the guest to read back, without effect on a stream. */
  flags: number
}

export class Descriptors {
  readonly #open: Map<number, Descriptor>

  constructor(stdin: Source, stdout: Sink, stderr: Sink) {
    this.#open = new Map([
      [0, { source: stdin, flags: 0 }],
      [1, { sink: stdout, flags: 0 }],
      [2, { sink: stderr, flags: 0 }],
    ])
  }

  get(fd: number): Descriptor | undefined {
    return this.#open.get(fd)
  }

  close(fd: number): boolean {
    return this.#open.delete(fd)
  }

  /** Closes `to`, which becomes what `from` was. Both must be open. */
  renumber(from: number, to: number): boolean {
    const moved = this.#open.get(from)
    if (!moved || !this.#open.has(to)) return false
    this.#open.delete(from)
    this.#open.set(to, moved)
    return true
  }
}
