/**
 * `node prepare-runtime.ts FOLDER` writes what `main.guest.ts` imports, directly or not, as plain
 * JavaScript into one flat folder.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { createRequire, stripTypeScriptTypes } from "node:module"
import { basename, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const ENTRY = new URL("../guest/main.guest.ts", import.meta.url).href
/** Our own sources, formatted: no string or comment of theirs looks like this. */
const SPECIFIER = /(\bfrom |^import |\bimport\()"([^"]+)"/gm

const [folder = ""] = process.argv.slice(2)
/** From a source's address to its name in the folder. */
const names = new Map<string, string>()
add(ENTRY)

function add(url: string): string {
  const known = names.get(url)
  if (known) return known
  const name = freshName(url)
  names.set(url, name)
  const source = readFileSync(fileURLToPath(url), "utf8")
  writeFileSync(join(folder, name), url.endsWith(".json") ? source : translate(source, url))
  return name
}

function translate(source: string, url: string): string {
  return stripTypeScriptTypes(source).replace(SPECIFIER, (whole, before: string, to: string) =>
    to.startsWith("node:") ? whole : `${before}"./${add(resolve(to, url))}"`,
  )
}

function resolve(specifier: string, from: string): string {
  if (specifier.startsWith(".")) return new URL(specifier, from).href
  return pathToFileURL(createRequire(from).resolve(specifier)).href
}

/** Two files of one name must not meet. */
function freshName(url: string): string {
  const plain = basename(fileURLToPath(url)).replace(/\.ts$/, ".js")
  const taken = new Set(names.values())
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? plain : `${n}-${plain}`
    if (!taken.has(name)) return name
  }
}
