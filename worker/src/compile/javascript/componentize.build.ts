/**
 * Runs inside the walls of a build: one script of a guest's modules and our runtime, then a component
 * of it. The guest's top level runs here, in the engine, itself wasm. Usage:
 * `componentize.build.ts ENTRY_FILE SOURCE_FOLDER OUTPUT_FILE`.
 */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { componentize } from "componentize-qjs"
import { rolldown } from "rolldown"
import { renameInterfaces } from "./rename-interfaces.ts"

const [entry = "", source = "", output = ""] = process.argv.slice(2)
const START = "outlayer:start"
const INTERFACE = /^wasi:[a-z/-]+@0\.2\.6$/
/**
 * The tool evaluates the script with a WASI of its own, which has no HTTP, and refuses an interface
 * whose streams are of that WASI. Under a name that it does not know all of ours are out of its reach.
 */
const HIDDEN = "wasj:"
/** What the bundler lets pass as a warning, and no guest could run. */
const FATAL = ["UNRESOLVED_IMPORT", "MISSING_EXPORT", "IMPORT_IS_UNDEFINED"]

try {
  const script = await bundle()
  const witPath = join(mkdtempSync(join(tmpdir(), "wit-")), "world.wit")
  writeFileSync(witPath, hide(readFileSync(new URL("world.wit", import.meta.url), "utf8")))
  const { component } = await componentize({ witPath, jsSource: script, sync: true })
  writeFileSync(output, renameInterfaces(component, HIDDEN, "wasi:"))
} catch (error) {
  writeFileSync(2, `${String(error)}\n`)
  process.exitCode = 1
}

async function bundle(): Promise<string> {
  await using build = await rolldown({
    input: START,
    cwd: source,
    // What packages ask of a browser (crypto, fetch, TextEncoder) is there; what they ask of Node is not.
    platform: "browser",
    transform: {
      // The engine never runs its own job queue: see runtime/promise.ts.
      target: "es2016",
      define: { "process.env.NODE_ENV": '"production"' },
    },
    plugins: [
      {
        name: "outlayer",
        resolveId(id) {
          if (id === START) return id
          return INTERFACE.test(id) ? { id: hide(id), external: true } : undefined
        },
        load: (id) => (id === START ? { code: startScript(), moduleType: "js" } : undefined),
      },
    ],
    onLog(_, log) {
      const isLateWait = /top-level await/i.test(log.message)
      if (isLateWait || FATAL.includes(log.code ?? "")) throw new Error(log.message)
    },
  })
  const { output: chunks } = await build.generate({ format: "esm", codeSplitting: false })
  return chunks[0].code
}

function hide(text: string): string {
  return text.replaceAll("wasi:", HIDDEN)
}

function startScript(): string {
  const path = (file: string) => JSON.stringify(file)
  return [
    `import ${path(fileURLToPath(new URL("runtime/globals.ts", import.meta.url)))}`,
    `import * as guest from ${path(entry)}`,
    `import { runMain } from ${path(fileURLToPath(new URL("runtime/run.ts", import.meta.url)))}`,
    `export const run = { run: () => runMain(guest.default) }`,
  ].join("\n")
}
