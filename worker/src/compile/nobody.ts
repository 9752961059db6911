/** How root runs what it does not trust: as nobody, who owns the folder that it may write to. */
import { chown, lchown, readdir } from "node:fs/promises"
import { join } from "node:path"

const NOBODY = 65534

/** For unshare(1). Killing the first takes every process of its namespace along. */
export const NAMESPACES = ["--pid", "--fork", "--kill-child", "--mount-proc", "--ipc"]

/** What comes before a command. A new user id clears what unshare asked for: it dies with us all the same. */
export function dropToNobody(): string[] {
  const drop = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups"]
  const rights = ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]
  return ["setpriv", ...drop, ...rights, "--pdeathsig", "KILL"]
}

/** Nothing of the build may be running. */
export async function giveAway(folder: string): Promise<void> {
  await chown(folder, NOBODY, NOBODY)
  // Without types it goes into what symlinks lead to, and would give away the machine.
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name))
  await Promise.all(paths.map((path) => lchown(path, NOBODY, NOBODY)))
}
