/** `package-lock.json`: which packages a guest is made of, and what each must hash to. */
import { z } from "zod"
import { BuildError } from "../build.ts"
import { parseJson } from "../read-manifest.ts"

export interface Package {
  /** Where it goes: `node_modules/NAME`, or one within another's. */
  path: string
  /** Below the registry's address. */
  tarball: string
  /** Base64 of SHA-512. */
  sha512: string
}

const MAX_PACKAGES = 1_000

const Name = z
  .string()
  .max(214)
  .regex(/^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/)
const Version = z
  .string()
  .max(100)
  .regex(/^[0-9A-Za-z.+-]+$/)
const Path = z
  .string()
  .max(1_000)
  .regex(/^(?:node_modules\/(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(?:\/(?=n)|$))+$/)

const Entry = z.object({
  name: Name.optional(),
  version: Version.optional(),
  resolved: z.string().max(2_000).optional(),
  integrity: z.string().max(1_000).optional(),
  link: z.boolean().optional(),
  dev: z.boolean().optional(),
  inBundle: z.boolean().optional(),
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
})

const Lockfile = z.object({
  lockfileVersion: z.union([z.literal(2), z.literal(3)]),
  packages: z.record(z.string(), z.unknown()),
})

export const Manifest = z.object({
  /** The module whose default export is the guest's main function. */
  main: z
    .string()
    .max(200)
    .regex(
      /^(?:\.\/)?[\w@+-][\w@.+-]*(?:\/[\w@+-][\w@.+-]*)*\.[cm]?[jt]s$/,
      "a script in the repository",
    ),
  dependencies: z.record(Name, z.string()).default({}),
})
export type Manifest = z.infer<typeof Manifest>

/**
 * What a run needs: no package for development, none for one machine only. Throws `BuildError` for
 * what has no hash, for Git and folders as sources, and when the file is not the manifest's.
 */
export function readLockfile(text: string, manifest: Manifest): Package[] {
  const lockfile = Lockfile.safeParse(parseJson(text))
  if (!lockfile.success) {
    const log = z.prettifyError(lockfile.error)
    throw new BuildError("compile_failed", "package-lock.json is malformed or not of npm 7", log)
  }
  const all = Object.entries(lockfile.data.packages).filter(([path]) => path !== "")
  const packages = all.flatMap(([path, entry]) => readEntry(path, entry))
  if (packages.length > MAX_PACKAGES) {
    throw new BuildError("compile_failed", `More than ${MAX_PACKAGES} packages`)
  }
  const locked = new Set(packages.map(({ path }) => path))
  const missing = Object.keys(manifest.dependencies).find(
    (name) => !locked.has(`node_modules/${name}`),
  )
  if (missing !== undefined) {
    throw new BuildError("lockfile_missing", `package-lock.json does not hold ${missing}`)
  }
  return packages
}

function readEntry(path: string, given: unknown): Package[] {
  const entry = Entry.safeParse(given)
  if (!entry.success) throw refuse(path, "is malformed")
  const { dev, inBundle, os, cpu, link, version, resolved, integrity } = entry.data
  if (dev || inBundle || os || cpu) return []
  if (!Path.safeParse(path).success) throw refuse(path, "lies outside node_modules")
  if (link || (resolved !== undefined && !resolved.startsWith("https://"))) {
    throw refuse(path, "does not come from a registry")
  }
  const sha512 = /(?:^|\s)sha512-([A-Za-z0-9+/]{86}==)/.exec(integrity ?? "")?.[1]
  if (sha512 === undefined || version === undefined) throw refuse(path, "has no SHA-512")
  const name = entry.data.name ?? path.slice(path.lastIndexOf("node_modules/") + 13)
  const file = name.slice(name.indexOf("/") + 1)
  return [{ path, tarball: `${name}/-/${file}-${version.replace(/\+.*/, "")}.tgz`, sha512 }]
}

function refuse(path: string, why: string): BuildError {
  return new BuildError("compile_failed", `A package of package-lock.json ${why}`, path)
}
