/** Folders for one piece of work, that say whose they are, so that a successor can clean up. */
import { readlinkSync } from "node:fs"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A new folder that nobody else may read. Whoever asks for it removes it. */
export async function createTemporaryFolder(name: string): Promise<string> {
  return await mkdtemp(join(tmpdir(), `${ownPrefix(name)}${process.pid}-`))
}

/** Removes what processes left behind that were killed. */
export async function removeAbandonedFolders(name: string): Promise<void> {
  const prefix = ownPrefix(name)
  for (const entry of await readdir(tmpdir())) {
    if (!entry.startsWith(prefix)) continue
    const pid = /^(\d+)-\w{6}$/.exec(entry.slice(prefix.length))?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    await rm(join(tmpdir(), entry), { recursive: true, force: true }).catch(() => {})
  }
}

/** A container may share the folder, and has other processes by the same numbers. */
function ownPrefix(name: string): string {
  const namespace = /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0"
  return `outlayer-${name}-${namespace}-`
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}
