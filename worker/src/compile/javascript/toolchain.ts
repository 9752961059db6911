/** TypeScript to preview 2: npm packages by lockfile, one script, QuickJS around it. */
import { mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises"
import { dirname, join, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { z } from "zod"
import { BuildError } from "../build.ts"
import { readManifest } from "../read-manifest.ts"
import { isPlainFile, readPlainFile } from "../read-output.ts"
import type { Toolchain } from "../toolchain.ts"
import type { Workshop } from "../workshop.ts"
import { Manifest, readLockfile } from "./lockfile.ts"
import { keepArchives, layOutArchives } from "./package-cache.ts"
import { findRegistry } from "./registry.ts"

const MANIFEST = "package.json"
const LOCKFILE = "package-lock.json"
const MAX_LOCKFILE_BYTES = 4 * 1024 * 1024
/** `--version` loads all that Node needs, and starts no engine. */
const CAN_READ = 'test -r "$1" && exec "$2" --version'
/** Counts the ways in which we call the tools: another flag is another toolchain. */
const RECIPE = 1

export interface JavascriptOptions {
  /** Where packages come from; undefined: what this machine's npm is set to. */
  registry: string | undefined
  /** Where archives are kept from one build to the next; undefined: nowhere. */
  cacheFolder: string | undefined
  /** What leads to it from here: proxies, certificates. */
  environment: Readonly<Record<string, string | undefined>>
  maxWasmBytes: number
}

/** The tool's snapshots differ a little each time: a build of its own is known by its hash. */
export async function findJavascript(options: JavascriptOptions): Promise<Toolchain> {
  const script = fileURLToPath(new URL("componentize.build.ts", import.meta.url))
  const entry = await realpath(fileURLToPath(import.meta.resolve("componentize-qjs")))
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(dirname(entry), "package.json"), "utf8")))
  const node = await realpath(process.execPath)
  // The tools' own dependencies lie around them, linked to one another.
  const [outer = ""] = entry.split(`${sep}node_modules${sep}`)
  const modules = join(outer, "node_modules")
  const ours = fileURLToPath(new URL("../../../node_modules", import.meta.url))
  const shared = fileURLToPath(new URL("../read-output.ts", import.meta.url))
  const readOnly = [node, modules, ours, dirname(script), shared]

  return {
    name: `javascript-qjs-${version}`,
    identify: async () => `javascript-qjs-${version}-${RECIPE}`,
    target: "wasm32-wasip2",
    accepts: (source) => isPlainFile(source, MANIFEST),
    async works(workshop) {
      const args = ["-c", CAN_READ, "sh", entry, node]
      const ended = await workshop.run({ program: "/bin/sh", args, cwd: workshop.inside, readOnly })
      return ended.exitCode === 0
    },
    fetch: (workshop) => fetchPackages(workshop, options, node, readOnly),
    async build(workshop) {
      const { main } = await readPackage(workshop)
      if (!(await isPlainFile(join(workshop.folder, "source"), main))) {
        throw new BuildError("compile_failed", "The main script of package.json is not there")
      }
      const ended = await workshop.run({
        program: node,
        args: [
          "--no-warnings",
          script,
          workshop.path("source", main),
          workshop.path("source"),
          workshop.path("out.wasm"),
        ],
        cwd: workshop.path("source"),
        readOnly,
      })
      if (ended.exitCode !== 0) {
        throw new BuildError("compile_failed", "The scripts do not become a guest", ended.stderr)
      }
      const wasm = await readPlainFile(workshop.folder, "out.wasm", options.maxWasmBytes)
      if (!wasm) throw new BuildError("wasm_refused", "The component is too large")
      return wasm
    },
  }
}

async function fetchPackages(
  workshop: Workshop,
  { registry, cacheFolder, environment }: JavascriptOptions,
  node: string,
  readOnly: readonly string[],
): Promise<void> {
  const { folder } = workshop
  const source = join(folder, "source")
  const manifest = await readPackage(workshop)
  // What is committed there is not what the lockfile names, and may be links.
  await rm(join(source, "node_modules"), { recursive: true, force: true })
  if (!(await isPlainFile(source, LOCKFILE))) {
    if (Object.keys(manifest.dependencies).length === 0) return
    throw new BuildError("lockfile_missing", `${LOCKFILE} is needed where there are dependencies`)
  }
  const bytes = await readPlainFile(source, LOCKFILE, MAX_LOCKFILE_BYTES)
  if (!bytes) throw new BuildError("compile_failed", `${LOCKFILE} is too large`)
  const packages = readLockfile(Buffer.from(bytes).toString(), manifest)
  if (packages.length === 0) return
  await writeFile(join(folder, "packages.json"), JSON.stringify(packages))
  const address = registry ?? (await findRegistry())
  if (address === undefined) {
    throw new BuildError("infrastructure", "This worker knows no registry of npm packages")
  }
  const fetched = join(folder, "fetched")
  await mkdir(fetched)
  const hashes = packages.map(({ sha512 }) => sha512)
  const missing = cacheFolder ? await layOutArchives(cacheFolder, fetched, hashes) : []
  const network = networkEnvironment(environment)
  const ended = await workshop.run({
    program: node,
    args: [
      "--no-warnings",
      fileURLToPath(new URL("unpack.build.ts", import.meta.url)),
      join(folder, "packages.json"),
      address,
      source,
      fetched,
    ],
    env: network,
    cwd: join(folder, "tmp"),
    readOnly: [...readOnly, ...CERTIFICATES.flatMap((name) => network[name] ?? [])],
    isFetch: true,
  })
  if (ended.exitCode === 0) {
    if (cacheFolder !== undefined) await keepArchives(cacheFolder, fetched, missing)
    return
  }
  if (ended.exitCode === 2) {
    const message = "The registry of the packages does not answer"
    throw new BuildError("repository_unreachable", message, ended.stderr)
  }
  throw new BuildError("compile_failed", "The packages cannot be fetched", ended.stderr)
}

function readPackage(workshop: Workshop): Promise<Manifest> {
  const problem = "is malformed or names no main script"
  return readManifest(workshop, MANIFEST, Manifest, problem)
}

const PROXIES = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"]
const CERTIFICATES = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"]

function networkEnvironment(environment: JavascriptOptions["environment"]): Record<string, string> {
  const given = [...PROXIES, ...CERTIFICATES].flatMap((name) => {
    const value = environment[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  // As npm itself: the machine's own authorities count.
  return { NODE_USE_ENV_PROXY: "1", NODE_USE_SYSTEM_CA: "1", ...Object.fromEntries(given) }
}
