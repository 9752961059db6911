/** The folder of one running stack. It goes when the stack does, even by SIGKILL. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Its input ends with us. What else ends then may still write for a while, hence several times. */
const REMOVE_AFTER_US = 'cat; for _ in 1 2 3 4 5 6; do rm -rf "$1"; sleep 0.5; done'

export async function createHome(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "outlayer-"))
  const keeper = spawn("sh", ["-c", REMOVE_AFTER_US, "sh", path], {
    // Ctrl-C is not for it.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  })
  const ended = once(keeper, "close")
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true })
      keeper.kill("SIGKILL")
      await ended
    },
  }
}
