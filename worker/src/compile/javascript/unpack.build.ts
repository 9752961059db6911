/**
 * Fetches packages, and unpacks them into a guest's source. It has the network, runs nothing of what
 * it fetches, and writes only what hashes as the lockfile says. Usage:
 * `unpack.build.ts PACKAGES_JSON REGISTRY SOURCE_FOLDER FETCHED_FOLDER`. What lies in the last already is not
 * fetched again.
 *
 * Exit code 2: the registry does not answer. 1: it has no such package, or another one.
 */
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type ReadEntry, list } from "tar"
import type { Package } from "./lockfile.ts"
import { archiveName, MAX_ARCHIVE_BYTES, readArchive } from "./package-cache.ts"

const MAX_UNPACKED_BYTES = 256 * 1024 * 1024
const MAX_FILES = 20_000
const AT_ONCE = 8

const [packagesFile = "", registry = "", source = "", fetched = ""] = process.argv.slice(2)
const packages = JSON.parse(readFileSync(packagesFile, "utf8")) as Package[]
let unpackedBytes = 0
let files = 0

class Unreachable extends Error {}

try {
  const queue = packages.values()
  const work = async () => {
    for (const one of queue) await unpack(await getTarball(one), one.path)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
} catch (error) {
  writeFileSync(2, `${String(error)}\n`)
  process.exit(error instanceof Unreachable ? 2 : 1)
}

async function getTarball(one: Package): Promise<Uint8Array> {
  const kept = await readArchive(fetched, one.sha512)
  if (kept) return kept
  const bytes = await fetchTarball(one)
  writeFileSync(join(fetched, archiveName(one.sha512)), bytes)
  return bytes
}

async function fetchTarball({ tarball, sha512 }: Package): Promise<Uint8Array> {
  const address = `${registry.replace(/\/$/, "")}/${tarball}`
  let response
  try {
    response = await fetch(address)
  } catch (error) {
    throw new Unreachable(`${tarball}: ${String((error as Error).cause ?? error)}`)
  }
  if (response.status >= 500) throw new Unreachable(`${tarball}: status ${response.status}`)
  if (!response.ok || !response.body) throw new Error(`${tarball}: status ${response.status}`)
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body) {
    length += chunk.length
    if (length > MAX_ARCHIVE_BYTES) throw new Error(`${tarball}: too large`)
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  if (createHash("sha512").update(bytes).digest("base64") !== sha512) {
    throw new Error(`${tarball}: not what the lockfile names`)
  }
  return bytes
}

/** Plain files alone, below `path`: no link, no device, no name that leads out. */
async function unpack(tarball: Uint8Array, path: string): Promise<void> {
  const folder = join(source, path)
  await new Promise<void>((resolve, reject) => {
    const parser = list({ strict: false, onReadEntry: (entry) => keep(entry, folder, reject) })
    parser.on("error", reject).on("end", resolve)
    parser.end(Buffer.from(tarball))
  })
}

function keep(entry: ReadEntry, folder: string, fail: (error: Error) => void): void {
  // The first folder is the archive's own, usually `package`.
  const parts = entry.path.split("/").slice(1)
  const isPlain = entry.type === "File" || entry.type === "OldFile"
  const isInside = parts.every((part) => part !== "" && part !== "." && part !== "..")
  unpackedBytes += entry.size
  files += 1
  if (unpackedBytes > MAX_UNPACKED_BYTES || files > MAX_FILES) {
    fail(new Error("The packages are too large"))
    return
  }
  if (!isPlain || !isInside || parts.length === 0 || entry.path.includes("\0")) {
    entry.resume()
    return
  }
  const chunks: Uint8Array[] = []
  entry.on("data", (chunk: Uint8Array) => chunks.push(chunk))
  entry.on("end", () => {
    const file = join(folder, ...parts)
    mkdirSync(join(file, ".."), { recursive: true })
    writeFileSync(file, Buffer.concat(chunks))
  })
}
