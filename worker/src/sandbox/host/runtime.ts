/** The code that children load: our sources without their types, in a folder of their own. */
import { execFile } from "node:child_process"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { createHash } from "node:crypto"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const PREPARE = fileURLToPath(new URL("prepare-runtime.ts", import.meta.url))

export interface Runtime extends AsyncDisposable {
  folder: string
  /** The file in it to start. */
  entry: string
  /** Changes with whatever could change what a guest does, or what it pays. */
  engine: string
}

/**
 * Done once, for it takes a child longer to strip types (30 ms) than all its other work; and in a
 * process of its own, since Node warns that stripping is an experiment.
 */
export async function prepareRuntime(): Promise<Runtime> {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-guest-"))
  const dispose = () => rm(folder, { recursive: true, force: true })
  try {
    await promisify(execFile)(process.execPath, ["--no-warnings", PREPARE, folder])
    const engine = await hashFolder(folder)
    return { folder, entry: "main.guest.js", engine, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function hashFolder(folder: string): Promise<string> {
  const hash = createHash("sha256")
  const names = await readdir(folder)
  for (const name of names.toSorted())
    hash.update(`${name}\0`).update(await readFile(join(folder, name)))
  return `node-${process.version}-${hash.digest("hex").slice(0, 16)}`
}
