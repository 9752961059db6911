/**
 * Runs inside the walls of a build: clang, itself wasm, over the repository's files. Usage:
 * `compile.build.ts CLANG_ENTRY PROJECT_JSON SOURCE_FOLDER OUTPUT_FILE`.
 */
import { lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type * as Clang from "@yowasp/clang"
import type { ClangProject } from "./project.ts"

const [entry = "", projectFile = "", source = "", output = ""] = process.argv.slice(2)
const { commands } = (await import(pathToFileURL(entry).href)) as typeof Clang
const project = JSON.parse(readFileSync(projectFile, "utf8")) as ClangProject
const RESULT = "outlayer-result.wasm"
const args = ["--target=wasm32-wasip1", "-std=gnu17", "-O2", "-o", RESULT]
args.push("-Wl,--strip-debug", "-Wl,-z,stack-size=262144")
args.push(...project.include.map((folder) => `-I${folder}`))
args.push(...Object.entries(project.defines).map(([name, value]) => `-D${name}=${value}`))
args.push(...project.sources)

try {
  const files = await commands.clang(args, readTree(source), {
    stderr: (bytes) => {
      if (bytes) writeFileSync(2, bytes)
    },
    fetchProgress: () => {},
  })
  const wasm = files?.[RESULT]
  if (!(wasm instanceof Uint8Array)) throw new Error("clang gave no module")
  writeFileSync(output, wasm)
} catch (error) {
  writeFileSync(2, `${String(error)}\n`)
  process.exitCode = 1
}

/** Plain files and folders alone: a symlink or device leads out of the repository. */
function readTree(folder: string): Clang.Tree {
  const entries = readdirSync(folder).map((name) => [name, join(folder, name)] as const)
  const tree = entries.flatMap(([name, path]): [string, Clang.Tree | Uint8Array][] => {
    const stat = lstatSync(path)
    if (stat.isDirectory()) return [[name, readTree(path)]]
    return stat.isFile() ? [[name, readFileSync(path)]] : []
  })
  return Object.fromEntries(tree)
}
