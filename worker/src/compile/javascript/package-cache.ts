/**
 * Archives of packages by their hash, so that a build asks the registry once. In the cache of whoever
 * runs the worker; what is not what its name says is not there.
 */
import { createHash, randomUUID } from "node:crypto"
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { readPlainFile } from "../read-output.ts"

const MAX_BYTES = 512 * 1024 * 1024
export const MAX_ARCHIVE_BYTES = 32 * 1024 * 1024

/** SHA-512 in base64 as a file's name. */
export function archiveName(sha512: string): string {
  return `${Buffer.from(sha512, "base64").toString("hex")}.tgz`
}

/** Takes over what a build has fetched into `folder`. */
export async function keepArchives(
  cache: string,
  folder: string,
  hashes: readonly string[],
): Promise<void> {
  await mkdir(cache, { recursive: true, mode: 0o700 })
  for (const sha512 of hashes) {
    const name = archiveName(sha512)
    const archive = await readPlainFile(folder, name, MAX_ARCHIVE_BYTES)
    if (!archive || createHash("sha512").update(archive).digest("base64") !== sha512) continue
    const draft = join(cache, `.${randomUUID()}`)
    await writeFile(draft, archive, { mode: 0o600 })
    await rename(draft, join(cache, name))
  }
  await removeOldest(cache)
}

/** Into `folder`, where a fetch finds it: of the cache it sees nothing else. Gives the hashes of what is not kept. */
export async function layOutArchives(
  cache: string,
  folder: string,
  hashes: readonly string[],
): Promise<string[]> {
  const missing = []
  for (const sha512 of hashes) {
    const archive = await readArchive(cache, sha512)
    if (archive) await writeFile(join(folder, archiveName(sha512)), archive)
    else missing.push(sha512)
  }
  return missing
}

export async function readArchive(folder: string, sha512: string): Promise<Uint8Array | undefined> {
  const bytes = await readFile(join(folder, archiveName(sha512))).catch(() => undefined)
  return bytes && createHash("sha512").update(bytes).digest("base64") === sha512 ? bytes : undefined
}

async function removeOldest(cache: string): Promise<void> {
  const names = await readdir(cache)
  const files = await Promise.all(
    names.map(async (name) => ({ name, ...(await sizeOf(join(cache, name))) })),
  )
  let bytes = files.reduce((sum, { size }) => sum + size, 0)
  for (const { name, size } of files.toSorted((one, other) => one.at - other.at)) {
    if (bytes <= MAX_BYTES) return
    await rm(join(cache, name), { force: true })
    bytes -= size
  }
}

async function sizeOf(path: string): Promise<{ size: number; at: number }> {
  const found = await stat(path).catch(() => undefined)
  return { size: found?.size ?? 0, at: found?.mtimeMs ?? 0 }
}
