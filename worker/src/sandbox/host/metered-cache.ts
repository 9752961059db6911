/** Metered modules, kept in memory by what they were made from; the longest unused go first. */

import type { Outcome } from "../execution.ts"

export type Metered =
  | {
      kind: "metered"
      wasm: Uint8Array
      /** Of `wasm`. */
      hash: string
      /** What V8 made of a component's glue: not the same each time, and empty for a module. */
      code: Uint8Array
    }
  | { kind: "turned_down"; outcome: Outcome }

export class MeteredCache {
  readonly #maxBytes: number
  /** In the order of their last use. */
  readonly #entries = new Map<string, Metered>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(key: string): Metered | undefined {
    const entry = this.#entries.get(key)
    if (entry) this.#put(key, entry)
    return entry
  }

  set(key: string, entry: Metered): void {
    this.#put(key, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.#drop(oldest)
    }
  }

  #put(key: string, entry: Metered): void {
    this.#drop(key)
    this.#entries.set(key, entry)
    this.#bytes += weigh(entry)
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)
    if (entry) this.#bytes -= weigh(entry)
    this.#entries.delete(key)
  }
}

/** A refusal is small, but not nothing. */
function weigh(entry: Metered): number {
  return entry.kind === "metered" ? entry.wasm.length + entry.code.length : 1024
}
