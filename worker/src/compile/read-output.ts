/** Takes a file out of a workshop, where hostile programs laid it. */
import { constants } from "node:fs"
import { lstat, open, readdir, realpath } from "node:fs/promises"
import { join } from "node:path"

/**
 * Undefined unless it is a plain file of at most `maxBytes`, with no symlink on the way: one could
 * lead to a key of ours. Nothing of the build may be running any more.
 */
export async function readPlainFile(
  folder: string,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const root = await realpath(folder)
  const file = join(root, path)
  const real = await realpath(file).catch(() => undefined)
  if (real !== file) return undefined
  // A pipe would keep us waiting.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  await using handle = await open(file, flags)
  const stat = await handle.stat()
  if (!stat.isFile() || stat.size > maxBytes) return undefined
  return await handle.readFile()
}

export async function isPlainFile(folder: string, path: string): Promise<boolean> {
  const stat = await lstat(join(folder, path)).catch(() => undefined)
  return stat?.isFile() ?? false
}

/** Names in byte order; none where there is no such folder, or a symlink on the way to it. */
export async function listFolder(folder: string, path: string): Promise<string[]> {
  const wanted = join(await realpath(folder), path)
  const real = await realpath(wanted).catch(() => undefined)
  if (real !== wanted) return []
  const names = await readdir(wanted)
  return names.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
}
