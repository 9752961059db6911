import { dirname } from "node:path"
import { type InputOptions, rolldown } from "rolldown"

/** A file and whatever it imports, as one CommonJS script. */
export async function bundle(entry: string, options: InputOptions = {}): Promise<Uint8Array> {
  await using build = await rolldown({
    input: entry,
    // Paths stand in the script, so they begin at our own folder wherever the process was started.
    cwd: dirname(entry),
    platform: "node",
    // No module of ours acts by being loaded, so one of which nothing is used costs no child anything.
    treeshake: { moduleSideEffects: false },
    ...options,
  })
  const { output } = await build.generate({ format: "cjs", codeSplitting: false })
  return new TextEncoder().encode(output[0].code)
}
