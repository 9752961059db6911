import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const folder = fileURLToPath(new URL("../../node_modules/.cache/engine/", import.meta.url))

/** What `make` gives for these inputs, made once: kept by the hash of the inputs. */
export async function cached(
  inputs: readonly (string | Uint8Array)[],
  make: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const hash = createHash("sha256")
  for (const input of inputs) hash.update(`${input.length}:`).update(input)
  const path = `${folder}${hash.digest("hex")}`
  try {
    return new Uint8Array(readFileSync(path))
  } catch {
    const bytes = await make()
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${path}.${process.pid}`, bytes)
    renameSync(`${path}.${process.pid}`, path) // two builds at once: either file is right
    return bytes
  }
}
