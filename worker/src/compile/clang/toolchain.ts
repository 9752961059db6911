/** C to preview 1 by the clang of npm's `@yowasp/clang`, which runs wherever Node does. */
import { readFile, realpath, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { z } from "zod"
import { BuildError } from "../build.ts"
import { readManifest } from "../read-manifest.ts"
import { isPlainFile, readPlainFile } from "../read-output.ts"
import type { Toolchain } from "../toolchain.ts"
import { ClangProject } from "./project.ts"

const MANIFEST = "outlayer.json"
/** `--version` loads all that Node needs, and starts no engine. */
const CAN_READ = 'test -r "$1" && exec "$2" --version'
/** Counts the ways in which we call the compiler: another flag is another toolchain. */
const RECIPE = 1

export async function findClang(maxWasmBytes: number): Promise<Toolchain> {
  const entry = await realpath(fileURLToPath(import.meta.resolve("@yowasp/clang")))
  const packageFolder = dirname(dirname(entry))
  const manifest = await readFile(join(packageFolder, "package.json"), "utf8")
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest))
  const script = fileURLToPath(new URL("compile.build.ts", import.meta.url))
  const node = await realpath(process.execPath)
  const readOnly = [node, packageFolder, script]

  return {
    name: `clang-${version}`,
    identify: async () => `clang-${version}-${RECIPE}`,
    target: "wasm32-wasip1",
    accepts: (source) => isPlainFile(source, MANIFEST),
    async works(workshop) {
      const args = ["-c", CAN_READ, "sh", entry, node]
      const ended = await workshop.run({ program: "/bin/sh", args, cwd: workshop.inside, readOnly })
      return ended.exitCode === 0
    },
    async build(workshop) {
      const project = await readManifest(workshop, MANIFEST, ClangProject, "is malformed")
      await writeFile(join(workshop.folder, "project.json"), JSON.stringify(project))
      const paths = [workshop.path("project.json"), workshop.path("source")]
      const ended = await workshop.run({
        program: node,
        args: ["--no-warnings", script, entry, ...paths, workshop.path("out.wasm")],
        cwd: workshop.path("source"),
        readOnly,
      })
      if (ended.exitCode !== 0) {
        throw new BuildError("compile_failed", "The C sources do not compile", ended.stderr)
      }
      const wasm = await readPlainFile(workshop.folder, "out.wasm", maxWasmBytes)
      if (!wasm) throw new BuildError("wasm_refused", "The module is too large")
      return wasm
    },
  }
}
