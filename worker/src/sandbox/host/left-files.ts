/** The files that a child says its guest has left. It may be in the guest's hands: all is checked. */
import { z } from "zod"
import type { Files, Link } from "../execution.ts"
import type { FileTree } from "../wire.ts"

/** Linux's PATH_MAX and NAME_MAX: what is beyond them cannot be written anywhere. */
const MAX_PATH_BYTES = 4096
const MAX_NAME_BYTES = 255

const Index = z.int().nonnegative()
const Parent = z.int().min(-1)
const Tree = z.object({
  entries: z.array(
    z.union([
      z.tuple([Parent, z.string()]),
      z.tuple([Parent, z.string(), z.enum(["file", "link"]), Index]),
    ]),
  ),
  lengths: z.array(Index),
}) satisfies z.ZodType<FileTree>

/** Throws where it makes no sense. Paths that no machine takes are left out. */
export function parseLeftFiles(tree: Uint8Array, contents: Uint8Array): Files {
  const { entries, lengths } = Tree.parse(JSON.parse(new TextDecoder().decode(tree)))
  const parts = cut(contents, lengths)
  const files: Record<string, Uint8Array | Link> = Object.create(null)
  /** By index, folders alone; `undefined` where the path is too long. */
  const folders = new Map<number, string | undefined>([[-1, ""]])

  for (const [index, [parent, name, kind, content]] of entries.entries()) {
    if (!isName(name) || !folders.has(parent)) throw new Error("files that cannot be")
    const above = folders.get(parent)
    const path = above === undefined ? undefined : `${above}${name}`
    const fits = path !== undefined && Buffer.byteLength(path) < MAX_PATH_BYTES
    if (kind === undefined) folders.set(index, fits ? `${path}/` : undefined)
    if (!fits) continue
    if (kind === undefined) {
      files[`${path}/`] = new Uint8Array(0)
      continue
    }
    const bytes = parts[content ?? -1]
    if (!bytes) throw new Error("a file without contents")
    files[path] = kind === "file" ? bytes : { link: new TextDecoder().decode(bytes) }
  }
  return files
}

function isName(name: string): boolean {
  const isPlain = name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name)
  return isPlain && Buffer.byteLength(name) <= MAX_NAME_BYTES
}

function cut(contents: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let at = 0
  const parts = lengths.map((length) => contents.subarray(at, (at += length)))
  if (at !== contents.length) throw new Error("contents of another length")
  return parts
}
