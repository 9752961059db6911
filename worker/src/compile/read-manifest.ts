/** What a project says of itself, in JSON: as hostile as the rest of it. */
import { join } from "node:path"
import { z } from "zod"
import { BuildError } from "./build.ts"
import { readPlainFile } from "./read-output.ts"
import type { Workshop } from "./workshop.ts"

const MAX_BYTES = 64 * 1024

/** Throws `BuildError`: the file `problem`. */
export async function readManifest<Schema extends z.ZodType>(
  { folder }: Workshop,
  file: string,
  schema: Schema,
  problem: string,
): Promise<z.output<Schema>> {
  const bytes = await readPlainFile(join(folder, "source"), file, MAX_BYTES)
  const manifest = schema.safeParse(parseJson(Buffer.from(bytes ?? []).toString()))
  if (manifest.success) return manifest.data
  throw new BuildError("compile_failed", `${file} ${problem}`, z.prettifyError(manifest.error))
}

/** Undefined for what is none: the schema that comes next refuses that. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
