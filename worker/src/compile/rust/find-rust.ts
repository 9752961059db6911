/** Any cargo whose rustc has the target: the sysroot made from Debian's sources, or rustup's. */
import { createHash } from "node:crypto"
import { readdir, readFile, realpath } from "node:fs/promises"
import { delimiter, dirname, join } from "node:path"
import { runProcess } from "@outlayer/service"

/** The machine's own environment, as far as it says where compilers are. */
export interface MachineEnvironment {
  readonly PATH?: string | undefined
  readonly HOME?: string | undefined
  readonly RUSTUP_HOME?: string | undefined
}

export interface RustInstallation {
  cargo: string
  rustc: string
  release: string
  /** What its programs read, besides the system's folders. */
  folders: readonly string[]
  /** Equal for equal compilers with equal standard libraries: 70 MB to read, the first time. */
  identify(): Promise<string>
}

const DEBIAN_CARGO = "/usr/bin/cargo"
/** Where `scripts/rust-wasm-sysroot.sh` puts its own. */
const SYSROOT = "/var/cache/outlayer/rust-wasm"

/** For each target; undefined where no compiler of this machine has it. */
export async function findRust(
  targets: readonly string[],
  machine: MachineEnvironment,
): Promise<(RustInstallation | undefined)[]> {
  const roots = await findRoots(machine)
  const found = targets.map(async (target) => {
    const libraries = roots.map((root) => join(root, "lib/rustlib", target, "lib"))
    const complete = await Promise.all(libraries.map(hasStandardLibrary))
    const at = complete.indexOf(true)
    return at < 0 ? undefined : { root: roots[at] ?? "", libraries: libraries[at] ?? "" }
  })
  const places = await Promise.all(found)
  // Most have all targets in one root.
  const used = new Set(places.flatMap((place) => place?.root ?? []))
  const compilers = await Promise.all(
    [...used].map(async (root) => [root, await examine(root, roots, machine)] as const),
  )
  return places.map((place) => {
    const compiler = place && new Map(compilers).get(place.root)
    return compiler && describe(compiler, place.libraries)
  })
}

/** rustup's programs are shims that would look for a toolchain file in the repository: the roots' are not. */
async function findRoots(machine: MachineEnvironment): Promise<string[]> {
  const { PATH = "/usr/bin:/bin", HOME = "/nonexistent" } = machine
  const folders = [join(SYSROOT, "bin"), ...PATH.split(delimiter), join(HOME, ".cargo/bin")]
  const programs = new Map<string, string>()
  for (const program of folders.map((folder) => join(folder, "rustc"))) {
    const file = await realpath(program).catch(() => undefined)
    if (file !== undefined && !programs.has(file)) programs.set(file, program)
  }
  const asked = [...programs.values()].map((rustc) => ask(rustc, ["--print", "sysroot"], machine))
  const roots = await Promise.all(asked)
  return [...new Set(roots.filter((root) => root !== undefined))]
}

async function hasStandardLibrary(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => [])
  return names.some((name) => /^libstd-.*\.rlib$/.test(name))
}

interface Compiler {
  root: string
  rustc: string
  version: string
  cargo: { path: string; version: string }
}

async function examine(
  root: string,
  known: readonly string[],
  machine: MachineEnvironment,
): Promise<Compiler | undefined> {
  const rustc = join(root, "bin/rustc")
  const [version, cargo] = await Promise.all([
    ask(rustc, ["--version", "--verbose"], machine),
    findCargo([root, ...known], machine),
  ])
  return version === undefined || cargo === undefined ? undefined : { root, rustc, version, cargo }
}

function describe({ root, rustc, version, cargo }: Compiler, libraries: string): RustInstallation {
  const release = /^release: (\S+)$/m.exec(version)?.[1] ?? "unknown"
  const outside = [root, dirname(cargo.path)].filter((folder) => !/^\/usr(?:\/bin)?$/.test(folder))
  let digest: Promise<string> | undefined
  return {
    cargo: cargo.path,
    rustc,
    release,
    folders: [...new Set(outside)],
    async identify() {
      digest ??= digestFolder(libraries, `${version}\n${cargo.version}`)
      return `rust-${release}-${await digest}`
    },
  }
}

/**
 * A compiler that was made from another's sources is driven by any cargo. Debian's comes last: its
 * libgit2 is too old for it, so that dependencies by Git fail.
 */
async function findCargo(roots: readonly string[], machine: MachineEnvironment) {
  const paths = roots.map((root) => join(root, "bin/cargo"))
  const ordered = [...paths.filter((path) => path !== DEBIAN_CARGO), DEBIAN_CARGO]
  for (const path of ordered) {
    const version = await ask(path, ["--version", "--verbose"], machine)
    if (version !== undefined) return { path: await realpath(path), version }
  }
  return undefined
}

async function ask(
  program: string,
  args: readonly string[],
  { HOME, RUSTUP_HOME }: MachineEnvironment,
): Promise<string | undefined> {
  const env = { PATH: "/usr/bin:/bin", ...(HOME && { HOME }), ...(RUSTUP_HOME && { RUSTUP_HOME }) }
  const signal = new AbortController().signal
  const ended = await runProcess(program, args, { cwd: "/", env, timeoutMs: 10_000, signal }).catch(
    () => undefined,
  )
  return ended?.exitCode === 0 ? ended.stdout.trim() : undefined
}

/** Twelve digits of the hash over version, names and contents. */
async function digestFolder(folder: string, version: string): Promise<string> {
  const hash = createHash("sha256").update(version)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).toSorted()
  for (const path of paths) {
    const bytes = await readFile(path)
    hash.update(`${path.slice(folder.length)};${bytes.length};`).update(bytes)
  }
  return hash.digest("hex").slice(0, 12)
}
