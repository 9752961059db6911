/** A folder of this machine as a guest's files: nothing outside of it is read, no link followed. */
import { constants } from "node:fs"
import { type FileHandle, open, readdir, readlink } from "node:fs/promises"
import type { Files, Link } from "../sandbox/sandbox.ts"

/** What the sandbox has room for: said before the run in place of a guest's `nospc`. */
const MAX_BYTES = 64 * 1024 * 1024
const MAX_NAMES = 16_384

export interface ReadFolder {
  files: Files
  /** What a guest cannot have: sockets, devices, names that are no text, what we may not read. */
  leftOut: string[]
}

/** Paths are relative to `host`, which itself may be a link. */
export async function readFolder(host: string): Promise<ReadFolder> {
  const files: Record<string, Uint8Array | Link> = Object.create(null)
  const leftOut: string[] = []
  let [bytes, names] = [0, 0]

  const folders = [""]
  for (const folder of folders) {
    const entries = await readdir(`${host}/${folder}`, { withFileTypes: true, encoding: "buffer" })
    for (const entry of entries) {
      const name = entry.name.toString()
      const path = `${folder}${name}`
      if (!Buffer.from(name).equals(entry.name)) {
        leftOut.push(path)
      } else if (entry.isDirectory()) {
        files[`${path}/`] = new Uint8Array(0)
        folders.push(`${path}/`)
      } else if (entry.isSymbolicLink()) {
        files[path] = { link: await readlink(`${host}/${path}`) }
      } else {
        const contents = entry.isFile() ? await readPlainFile(`${host}/${path}`) : undefined
        if (!contents) leftOut.push(path)
        else files[path] = contents
        bytes += contents?.length ?? 0
      }
      names += 1
      if (bytes > MAX_BYTES || names > MAX_NAMES) {
        throw new Error(`${host} has more than ${MAX_NAMES} names or ${MAX_BYTES} bytes`)
      }
    }
  }
  return { files, leftOut }
}

/** Should it have become a link or a pipe meanwhile, it is not opened, nor waited for. */
async function readPlainFile(path: string): Promise<Uint8Array | undefined> {
  let file: FileHandle
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  await using _ = file
  const { size } = await file.stat()
  if (size > MAX_BYTES) throw new Error(`${path} has more than ${MAX_BYTES} bytes`)
  return file.readFile()
}
