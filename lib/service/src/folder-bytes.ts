import { lstat, readdir } from "node:fs/promises"
import { join } from "node:path"

/** What lies below a folder; files that vanish meanwhile count nothing. */
export async function folderBytes(folder: string): Promise<number> {
  let sum = 0
  for await (const size of sizes(folder)) sum += size
  return sum
}

async function* sizes(folder: string): AsyncGenerator<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* sizes(path)
    else
      yield await lstat(path).then(
        (stat) => stat.size,
        () => 0,
      )
  }
}
