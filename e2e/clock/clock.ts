/** The clocks of a service's host, which a story can set, as it can the chain's. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Ahead {
  /** Of the time of day. */
  wallMs: number
  /** Of the time that has passed: it never goes back. */
  monotonicMs: number
}

export function createClock() {
  const folder = mkdtempSync(join(tmpdir(), "outlayer-clock-"))
  const file = join(folder, "ahead.json")
  const ahead: Ahead = { wallMs: 0, monotonicMs: 0 }
  write()

  return {
    /** For the service whose host it is. */
    env: {
      CLOCK_FILE: file,
      NODE_OPTIONS: `--import=${new URL("shift.ts", import.meta.url).href}`,
    },

    advance(by: Partial<Ahead>): void {
      ahead.wallMs += by.wallMs ?? 0
      ahead.monotonicMs += by.monotonicMs ?? 0
      write()
    },

    remove: () => rmSync(folder, { recursive: true }),
  }

  /** Whole at any moment, for it is read at any. */
  function write(): void {
    writeFileSync(`${file}.new`, JSON.stringify(ahead))
    renameSync(`${file}.new`, file)
  }
}
