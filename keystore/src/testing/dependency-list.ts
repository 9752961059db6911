/** All packages that run inside the keystore, its own dependencies' dependencies among them. */
import { existsSync, readFileSync, realpathSync } from "node:fs"
import { dirname, join } from "node:path"
import { z } from "zod"

const Manifest = z.object({
  name: z.string(),
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
})

/** `name@version`, sorted; our own have no version. */
export function listDependencies(folder: string): string[] {
  const found = new Map<string, string>()
  visit(realpathSync(folder))
  return [...new Set(found.values())].toSorted((a, b) => (a < b ? -1 : 1))

  function visit(at: string): void {
    if (found.has(at)) return
    const json: unknown = JSON.parse(readFileSync(join(at, "package.json"), "utf8"))
    const { name, version, dependencies } = Manifest.parse(json)
    found.set(at, version === undefined ? name : `${name}@${version}`)
    for (const dependency of Object.keys(dependencies)) visit(findPackage(dependency, at))
  }
}

/** As Node looks: in the folder, then in those above it. */
function findPackage(name: string, from: string): string {
  for (let at = from; at !== dirname(at); at = dirname(at)) {
    const candidate = join(at, "node_modules", name)
    if (existsSync(candidate)) return realpathSync(candidate)
  }
  throw new Error(`${name} is not installed for ${from}`)
}
