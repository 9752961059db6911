/**
 * Brings a folder to what a guest has left of it. The guest is hostile: whatever it named, nothing
 * outside of the folder is written, and no link is followed or made that leads out.
 */
import { constants } from "node:fs"
import { lstat, mkdir, open, rmdir, symlink, unlink } from "node:fs/promises"
import { dirname } from "node:path"
import type { Files, Link } from "../sandbox/sandbox.ts"

/** A file with many names counts once for each of them. */
const MAX_BYTES = 1024 * 1024 * 1024

/** What is unchanged is not touched. Returns what was not written, with the reason. */
export async function writeFolder(host: string, before: Files, after: Files): Promise<string[]> {
  const known = Object.keys(before)
  const wanted = Object.entries(after)
  const changed = wanted.filter(
    ([path, file]) => !Object.hasOwn(before, path) || !isSame(before[path], file),
  )
  const bytes = changed.reduce((sum, [, file]) => sum + ("link" in file ? 0 : file.length), 0)
  if (bytes > MAX_BYTES) throw new Error(`the guest has left ${bytes} bytes: nothing was written`)

  const problems: string[] = []
  const attempt = async (path: string, work: () => Promise<void>) => {
    await work().catch((error: unknown) => {
      problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
    })
  }
  // What is in a folder goes before it, and comes after it.
  const gone = known.filter((path) => !Object.hasOwn(after, path)).toSorted(byDepth)
  for (const path of gone.toReversed()) await attempt(path, () => remove(host, path))
  for (const [path] of changed.filter(isFolder).toSorted(([a], [b]) => byDepth(a, b)))
    await attempt(path, () => makeFolder(host, path))
  for (const [path, file] of changed)
    if (!path.endsWith("/") && !("link" in file))
      await attempt(path, () => writeFile(host, path, file))
  // Last: no file may be written through one.
  for (const [path, file] of changed)
    if ("link" in file)
      await attempt(path, () => makeLink(host, path, file, Object.hasOwn(before, path)))
  return problems
}

async function remove(host: string, path: string): Promise<void> {
  await checkFolders(host, path)
  if (!path.endsWith("/")) return unlink(`${host}/${path}`)
  // Files that the guest never saw keep their folder.
  await rmdir(`${host}/${path.slice(0, -1)}`).catch((error: unknown) => {
    if (!hasCode(error, "ENOTEMPTY")) throw error
  })
}

async function makeFolder(host: string, path: string): Promise<void> {
  await checkFolders(host, path)
  await mkdir(`${host}/${path.slice(0, -1)}`)
}

async function writeFile(host: string, path: string, bytes: Uint8Array): Promise<void> {
  await checkFolders(host, path)
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK
  await using file = await open(`${host}/${path}`, flags, 0o666)
  await file.writeFile(bytes)
}

async function makeLink(
  host: string,
  path: string,
  { link }: Link,
  isThere: boolean,
): Promise<void> {
  if (!staysInside(path, link)) throw new Error(`a link to ${JSON.stringify(link)} is not made`)
  await checkFolders(host, path)
  if (isThere) await unlink(`${host}/${path}`)
  await symlink(link, `${host}/${path}`)
}

/** Every folder on the way is one, and no link. */
async function checkFolders(host: string, path: string): Promise<void> {
  const names = dirname(path).split("/")
  for (let depth = 1; depth <= names.length; depth += 1) {
    const above = names.slice(0, depth).join("/")
    if (above !== "." && !(await lstat(`${host}/${above}`)).isDirectory())
      throw new Error(`${above} is no folder`)
  }
}

/**
 * Relative, up by no more folders than there are above it, and then only down: folders above a link
 * are real ones, while what lies below may be links, behind which `..` leads anywhere.
 */
function staysInside(path: string, target: string): boolean {
  const names = target.split("/").filter((name) => name !== "" && name !== ".")
  const ups = names.findIndex((name) => name !== "..")
  const leading = ups < 0 ? names.length : ups
  const depth = path.split("/").length - 1
  const isPlain = target !== "" && !target.startsWith("/") && !target.includes("\0")
  return isPlain && leading <= depth && !names.slice(leading).includes("..")
}

function isSame(a: Uint8Array | Link | undefined, b: Uint8Array | Link): boolean {
  if (!a || "link" in a || "link" in b)
    return a !== undefined && "link" in a && "link" in b && a.link === b.link
  return Buffer.compare(a, b) === 0
}

function isFolder([path]: [string, unknown]): boolean {
  return path.endsWith("/")
}

/** Of folders too, which end in a slash: those that are deeper come later. */
function byDepth(a: string, b: string): number {
  return a.split("/").length - b.split("/").length || a.length - b.length
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code
}
