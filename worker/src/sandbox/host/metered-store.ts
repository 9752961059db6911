/**
 * What was made of programs, in files that outlive the worker. Nobody but its own user can open them, and
 * each is sealed: what was cut off, altered or put there by somebody else is not used, and made anew.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises"
import { join } from "node:path"

export interface MeteredStore {
  /** Undefined where there is none that is whole. */
  read(key: string): Promise<Uint8Array | undefined>
  /** The longest unused go when the folder is full. */
  write(key: string, wasm: Uint8Array): Promise<void>
}

export interface MeteredStoreOptions {
  folder: string
  /** Seals the files, and is never in them; those of other keys are others' files. */
  secret: Uint8Array
  /** Of all files: 256 MiB unless told. */
  maxBytes?: number
}

const MAC_BYTES = 32
const MAX_BYTES = 256 * 1024 * 1024
const NAME = /^[0-9a-f]{64}$/
/** A draft that nobody has finished by then has no author any more. */
const DRAFT_MS = 600_000

export async function openMeteredStore(options: MeteredStoreOptions): Promise<MeteredStore> {
  const { folder, secret, maxBytes = MAX_BYTES } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await stat(folder)).uid !== process.getuid?.()) {
    throw new Error(`${folder} belongs to somebody else`)
  }
  await chmod(folder, 0o700)
  const mac = (...parts: (string | Uint8Array)[]) => {
    const hmac = createHmac("sha256", secret)
    for (const part of parts) hmac.update(part)
    return hmac.digest()
  }
  const nameOf = (key: string) => mac("name;", key).toString("hex")

  return {
    async read(key) {
      const name = nameOf(key)
      const path = join(folder, name)
      const file = await readFile(path).catch(() => undefined)
      if (file === undefined) return undefined
      const [seal, wasm] = [file.subarray(0, MAC_BYTES), file.subarray(MAC_BYTES)]
      if (seal.length === MAC_BYTES && timingSafeEqual(seal, mac("file;", name, wasm))) {
        const now = new Date()
        // Another worker may take it away meanwhile.
        await utimes(path, now, now).catch(() => {})
        return Uint8Array.from(wasm)
      }
      await rm(path, { force: true })
      return undefined
    },

    async write(key, wasm) {
      if (wasm.length + MAC_BYTES > maxBytes) return
      const name = nameOf(key)
      const draft = join(folder, `draft-${randomBytes(8).toString("hex")}`)
      try {
        const sealed = Buffer.concat([mac("file;", name, wasm), wasm])
        await writeFile(draft, sealed, { flag: "wx", mode: 0o600 })
        await rename(draft, join(folder, name))
      } finally {
        await rm(draft, { force: true })
      }
      await makeRoom(folder, maxBytes)
    },
  }
}

async function makeRoom(folder: string, maxBytes: number): Promise<void> {
  const names = await readdir(folder)
  const files = await Promise.all(
    names.map(async (name) => {
      const facts = await stat(join(folder, name)).catch(() => undefined)
      return facts ? [{ name, bytes: facts.size, usedAt: facts.mtimeMs }] : []
    }),
  )
  let bytes = 0
  for (const file of files.flat().toSorted((a, b) => b.usedAt - a.usedAt)) {
    const isDraft = !NAME.test(file.name)
    if (!isDraft) bytes += file.bytes
    const isGone = isDraft ? file.usedAt < Date.now() - DRAFT_MS : bytes > maxBytes
    if (isGone) await rm(join(folder, file.name), { force: true })
  }
}
