import { NEAR_MEMORY } from "@outlayer/metering"

const PAGE_BYTES = 65_536
const CHUNK_BYTES = 1_048_576
const ZEROS = Buffer.alloc(CHUNK_BYTES)

/** What is kept resident at most. More than that is given back to the system by dropping the memory. */
const DIRTY_CHUNKS = 16

/**
 * Memories for contracts. Each reserves gigabytes of address space until it is collected, so finished calls give theirs
 * back; it is zeroed where it differs from zero. Comparing untouched pages is quick: the system maps one page of zeros.
 */
export class MemoryPool {
  readonly #free: WebAssembly.Memory[] = []

  take(): WebAssembly.Memory {
    const { initial, maximum } = NEAR_MEMORY
    return this.#free.pop() ?? new WebAssembly.Memory({ initial, maximum })
  }

  give(memory: WebAssembly.Memory): void {
    if (memory.buffer.byteLength !== NEAR_MEMORY.initial * PAGE_BYTES) return
    if (clear(Buffer.from(memory.buffer))) this.#free.push(memory)
  }
}

function clear(bytes: Buffer): boolean {
  let dirty = 0
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    const end = start + CHUNK_BYTES
    if (bytes.compare(ZEROS, 0, CHUNK_BYTES, start, end) === 0) continue
    dirty += 1
    if (dirty > DIRTY_CHUNKS) return false
    bytes.fill(0, start, end)
  }
  return true
}
