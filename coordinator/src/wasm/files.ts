/** Wasm on disk under its content hash, believed only as far as the hash holds. */
import { randomUUID } from "node:crypto"
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { Sha256Hex } from "@outlayer/protocol"
import { sha256Hex } from "@outlayer/protocol/sealing/node"

export interface WasmFiles {
  /** Whole or not at all, even through a crash. `checksum` must be that of `bytes`. */
  write(checksum: Sha256Hex, bytes: Uint8Array): Promise<void>
  /** Undefined when it is not there, or when what is there is not what it was: then it is removed. */
  read(checksum: Sha256Hex): Promise<Uint8Array | undefined>
  has(checksum: Sha256Hex): Promise<boolean>
  remove(checksum: Sha256Hex): Promise<void>
  /** What has lain there for an hour. Forgets drafts of that age, which a crash has left. */
  listOld(): Promise<Sha256Hex[]>
}

const OLD_MS = 3_600_000
const NAME = /^(?:([0-9a-f]{64})\.wasm|\.[0-9a-f]{64}\.[0-9a-f-]{36})$/

export async function openWasmFiles(folder: string): Promise<WasmFiles> {
  await mkdir(folder, { recursive: true })
  return {
    async write(checksum, bytes) {
      const draft = join(folder, `.${checksum}.${randomUUID()}`)
      try {
        const file = await open(draft, "wx")
        try {
          await file.writeFile(bytes)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(draft, pathOf(checksum))
      } finally {
        await rm(draft, { force: true })
      }
    },

    async read(checksum) {
      const bytes = await readFile(pathOf(checksum)).catch(undefinedIfAbsent)
      if (!bytes || sha256Hex(bytes) === checksum) return bytes
      await rm(pathOf(checksum), { force: true })
      return undefined
    },

    async has(checksum) {
      return (await stat(pathOf(checksum)).catch(undefinedIfAbsent)) !== undefined
    },

    remove: (checksum) => rm(pathOf(checksum), { force: true }),

    async listOld() {
      const found: Sha256Hex[] = []
      for (const name of await readdir(folder)) {
        // Whatever else lies in the folder is not ours.
        const ours = NAME.exec(name)
        const status = ours && (await stat(join(folder, name)).catch(undefinedIfAbsent))
        if (!status || Date.now() - status.mtimeMs < OLD_MS) continue
        if (ours[1]) found.push(Sha256Hex.parse(ours[1]))
        else await rm(join(folder, name), { force: true })
      }
      return found
    },
  }

  function pathOf(checksum: Sha256Hex): string {
    // Checked here once more: this is where a name becomes a path.
    return join(folder, `${Sha256Hex.parse(checksum)}.wasm`)
  }
}

function undefinedIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error
}
