/** Folders for one piece of work, that say whose they are, so that a successor can clean up. */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Another pid namespace may share the folder: nothing that could still be at work is touched. */
const ABANDONED_AFTER_MS = 15 * 60_000

/** A new folder that nobody else may read. Whoever asks for it removes it. */
export async function createTemporaryFolder(name: string): Promise<string> {
  return await mkdtemp(join(tmpdir(), `outlayer-${name}-${process.pid}-`))
}

/** Removes what processes left behind that were killed. */
export async function removeAbandonedFolders(name: string): Promise<void> {
  const pattern = new RegExp(`^outlayer-${name}-(\\d+)-\\w{6}$`)
  for (const entry of await readdir(tmpdir())) {
    const pid = pattern.exec(entry)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const path = join(tmpdir(), entry)
    const changed = await stat(path).catch(() => undefined)
    const isOld = changed !== undefined && changed.mtimeMs < Date.now() - ABANDONED_AFTER_MS
    if (isOld) await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
