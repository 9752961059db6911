/** The folders that `--dir` names: laid out for the guest, and brought up to date after the run. */
import type { Files } from "../sandbox/sandbox.ts"
import type { Folder } from "./arguments.ts"
import { readFolder } from "./read-folder.ts"
import { writeFolder } from "./write-folder.ts"

export interface MountedFolders {
  /** What the guest is given; `undefined` without a folder. */
  files: Files | undefined
  /** Paths of this machine that it is not given. */
  leftOut: string[]
  /** Returns what was not written, with the reason. */
  writeBack(after: Files): Promise<string[]>
}

export async function mountFolders(folders: readonly Folder[]): Promise<MountedFolders> {
  const mounts = await Promise.all(
    folders.map(async (folder) => ({ ...folder, ...(await readFolder(folder.host)) })),
  )
  const files = Object.fromEntries(
    mounts.flatMap(({ guest, files: inside }) => [
      ...(guest === "" ? [] : [[guest, new Uint8Array(0)] as const]),
      ...Object.entries(inside).map(([path, file]) => [`${guest}${path}`, file] as const),
    ]),
  )
  // The deepest first: what is in a folder within another's belongs to the inner one.
  const inOrder = mounts.toSorted((a, b) => b.guest.length - a.guest.length)

  return {
    files: folders.length === 0 ? undefined : files,
    leftOut: mounts.flatMap(({ host, leftOut }) => leftOut.map((path) => `${host}/${path}`)),
    async writeBack(after) {
      const rest = new Map(Object.entries(after))
      const problems: string[][] = []
      for (const { host, guest, files: before } of inOrder) {
        const left = [...rest].filter(([path]) => path.startsWith(guest) && path !== guest)
        for (const [path] of left) rest.delete(path)
        rest.delete(guest)
        const own = Object.fromEntries(
          left.map(([path, file]) => [path.slice(guest.length), file] as const),
        )
        problems.push(await writeFolder(host, before, own))
      }
      return problems.flat()
    },
  }
}
