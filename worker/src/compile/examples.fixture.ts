/** The guests that users are shown, as tests build them. */
import { readdir, readFile } from "node:fs/promises"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const examples = fileURLToPath(new URL("../../../wasi-examples/", import.meta.url))

export async function readExample(example: string): Promise<Record<string, Uint8Array>> {
  const folder = join(examples, example)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const paths = files.map(({ parentPath, name }) => join(parentPath, name))
  const read = async (path: string) => [relative(folder, path), await readFile(path)] as const
  return Object.fromEntries(await Promise.all(paths.map(read)))
}
