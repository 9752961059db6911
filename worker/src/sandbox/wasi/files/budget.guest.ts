/** What a guest's files may take of this process's memory. */
import { fail } from "./file-error.guest.ts"

export interface FileLimits {
  /** Of contents and of links' texts, also of files that are open but have no name any more. */
  maxBytes: number
  /** Names in all folders together. */
  maxEntries: number
}

const LIMITS: FileLimits = { maxBytes: 64 * 1024 * 1024, maxEntries: 16_384 }

export class Budget {
  #roomBytes: number
  #roomEntries: number

  constructor({ maxBytes, maxEntries }: FileLimits = LIMITS) {
    this.#roomBytes = maxBytes
    this.#roomEntries = maxEntries
  }

  /** A negative number gives back. */
  takeBytes(count: number): void {
    if (count > this.#roomBytes) fail("nospc")
    this.#roomBytes -= count
  }

  takeEntry(): void {
    if (this.#roomEntries === 0) fail("nospc")
    this.#roomEntries -= 1
  }

  giveEntryBack(): void {
    this.#roomEntries += 1
  }
}
