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
  /** Equal for equal compilers with equal standard libraries. */
  id: string
  /** What its programs read, besides the system's folders. */
  folders: readonly string[]
}

const DEBIAN_CARGO = "/usr/bin/cargo"
/** Where `scripts/rust-wasm-sysroot.sh` puts its own. */
const SYSROOT = "/var/cache/outlayer/rust-wasm"

/** Undefined where no compiler of this machine has the target. */
export async function findRust(
  target: string,
  machine: MachineEnvironment,
): Promise<RustInstallation | undefined> {
  const { PATH = "/usr/bin:/bin", HOME = "/nonexistent" } = machine
  const folders = [join(SYSROOT, "bin"), ...PATH.split(delimiter), join(HOME, ".cargo/bin")]
  const compilers = [...new Set(folders)].map((folder) => join(folder, "rustc"))
  // rustup's are shims that would look for a toolchain file in the repository: the roots' are not.
  const roots = await Promise.all(
    compilers.map((rustc) => ask(rustc, ["--print", "sysroot"], machine)),
  )
  const known = [...new Set(roots.filter((root) => root !== undefined))]
  for (const root of known) {
    const found = await examine(root, known, target, machine)
    if (found) return found
  }
  return undefined
}

async function examine(
  root: string,
  known: readonly string[],
  target: string,
  machine: MachineEnvironment,
): Promise<RustInstallation | undefined> {
  const rustc = join(root, "bin/rustc")
  const libraries = await ask(rustc, ["--print", "target-libdir", "--target", target], machine)
  const version = await ask(rustc, ["--version", "--verbose"], machine)
  if (libraries === undefined || version === undefined) return undefined
  const names = await readdir(libraries).catch(() => [])
  if (!names.some((name) => /^libstd-.*\.rlib$/.test(name))) return undefined
  const cargo = await findCargo([root, ...known], machine)
  if (cargo === undefined) return undefined
  const release = /^release: (\S+)$/m.exec(version)?.[1] ?? "unknown"
  const digest = await digestFolder(libraries, `${version}\n${cargo.version}`)
  const outside = [root, dirname(cargo.path)].filter((folder) => !/^\/usr(?:\/bin)?$/.test(folder))
  const id = `rust-${release}-${digest}`
  return { cargo: cargo.path, rustc, id, folders: [...new Set(outside)] }
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
