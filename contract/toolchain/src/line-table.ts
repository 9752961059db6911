// From a bundled line to a TypeScript file and line, in the form that add_source_line() in contract.c reads:
// names of the files; then runs of lines that follow each other in both.
import { existsSync, readFileSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"
import { eachMapping, TraceMap } from "@jridgewell/trace-mapping"
import { concat, u32, vector } from "./wasm/bytes.ts"

interface Run {
  readonly start: number
  readonly file: number
  readonly line: number
}

/** `map` has paths relative to `folder`; no path of the machine gets into the table. */
export function lineTable(map: string, folder: string): Uint8Array {
  const files: string[] = []
  const runs: Run[] = []
  let last = 0
  eachMapping(new TraceMap(map), ({ generatedLine, source, originalLine }) => {
    if (source === null || originalLine === null || generatedLine === last) return
    const run = runs.at(-1)
    const name = publicName(resolve(folder, source))
    if (!files.includes(name)) files.push(name)
    const file = files.indexOf(name)
    const follows = run?.file === file && run.line - run.start === originalLine - generatedLine
    if (!follows) runs.push({ start: generatedLine, file, line: originalLine })
    last = generatedLine
  })
  const names = files.map((name) => Buffer.from(`${name}\0`))
  const entries = runs.map(({ start, file, line }, i) =>
    concat([u32(start - (runs[i - 1]?.start ?? 0)), u32(file), u32(line + 1)]),
  )
  return concat([vector(names), vector(entries)])
}

/** The path within its package; in front of it the package's name, unless it is the contract's own. */
function publicName(path: string): string {
  let folder = dirname(path)
  while (!existsSync(resolve(folder, "package.json")) && folder !== dirname(folder))
    folder = dirname(folder)
  const manifest = JSON.parse(readFileSync(resolve(folder, "package.json"), "utf8")) as {
    name?: string
  }
  return `${manifest.name ?? ""}/${relative(folder, path)}`
}
