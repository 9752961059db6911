/**
 * Compilers and package managers follow symlinks, and print what they cannot parse: a manifest that
 * is a link to a key of ours would put the key into a log. So none may lead out of the source.
 */
import { lstat, readdir, readlink } from "node:fs/promises"
import { isAbsolute, join, relative } from "node:path"
import { BuildError } from "./build.ts"

/** path_resolution(7): the kernel follows no more than these, one after the other. */
const MAX_LINKS = 40

/** Throws `BuildError`. Nothing of the repository may have run before. */
export async function refuseSymlinks(source: string): Promise<void> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((one) => one.isSymbolicLink())) {
    const path = relative(source, join(entry.parentPath, entry.name))
    if (await staysInside(source, path.split("/"))) continue
    const message = "The repository has a symlink that leads out of it"
    throw new BuildError("compile_failed", message, path)
  }
}

/** Step by step, as the kernel goes: `a/../..` is elsewhere where `a` is a link itself. */
async function staysInside(source: string, path: readonly string[]): Promise<boolean> {
  const ahead = [...path]
  const at: string[] = []
  let links = 0
  while (ahead.length > 0) {
    const part = ahead.shift()
    if (part === undefined || part === "" || part === ".") continue
    if (part === "..") {
      if (at.pop() === undefined) return false
      continue
    }
    at.push(part)
    const here = join(source, ...at)
    const found = await lstat(here).catch(() => undefined)
    if (!found?.isSymbolicLink()) continue
    links += 1
    if (links > MAX_LINKS) return true
    const target = await readlink(here)
    if (isAbsolute(target)) return false
    at.pop()
    ahead.unshift(...target.split("/"))
  }
  return true
}
