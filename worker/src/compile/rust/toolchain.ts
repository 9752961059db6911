/** Rust to preview 1 and 2: cargo fetches by lockfile, then builds without the network. */
import { join } from "node:path"
import type { BuildTarget } from "@outlayer/protocol/pure"
import type { Git } from "@outlayer/git"
import { BuildError } from "../build.ts"
import { isPlainFile, listFolder, readPlainFile } from "../read-output.ts"
import type { Toolchain } from "../toolchain.ts"
import type { Workshop } from "../workshop.ts"
import { readLockfileSources, readManifestSources, refuseForeignSources } from "./cargo-sources.ts"
import { openFetchGate } from "./fetch-gate.ts"
import { findRust, type MachineEnvironment, type RustInstallation } from "./find-rust.ts"

export interface RustOptions {
  machine: MachineEnvironment
  git: Git
  allowedHosts: readonly string[]
  /** The operator's own, where there is no other way out. */
  proxy: string | undefined
  maxWasmBytes: number
}

const TARGETS = ["wasm32-wasip1", "wasm32-wasip2"] as const satisfies BuildTarget[]
const CRATES_HOSTS = ["index.crates.io", "static.crates.io", "crates.io"]
const MAX_LOCKFILE_BYTES = 4 * 1024 * 1024
/** Counts the ways in which we call cargo: another flag is another toolchain. */
const RECIPE = 1

/** One for each target that this machine has Rust for. */
export async function findRustToolchains(options: RustOptions): Promise<Toolchain[]> {
  const found = await findRust(TARGETS, options.machine)
  return TARGETS.flatMap((target, index) => {
    const rust = found[index]
    return rust ? [toolchainFor(target, rust, options)] : []
  })
}

function toolchainFor(
  target: BuildTarget,
  rust: RustInstallation,
  options: RustOptions,
): Toolchain {
  return {
    name: `rust-${rust.release}`,
    identify: async () => `${await rust.identify()}-${RECIPE}`,
    target,
    accepts: (source) => isPlainFile(source, "Cargo.toml"),
    async works(workshop) {
      const env = { RUSTC: rust.rustc }
      const step = { args: ["--version"], env, cwd: workshop.inside, readOnly: rust.folders }
      const programs = [rust.cargo, rust.rustc].map((program) => workshop.run({ ...step, program }))
      return (await Promise.all(programs)).every(({ exitCode }) => exitCode === 0)
    },
    fetch: (workshop) => fetchDependencies(rust, options, workshop),
    build: (workshop) => build(target, rust, options.maxWasmBytes, workshop),
  }
}

async function fetchDependencies(
  rust: RustInstallation,
  { git, allowedHosts, proxy }: RustOptions,
  workshop: Workshop,
): Promise<void> {
  const described = await runCargo(rust, workshop, "metadata", "--no-deps", "--format-version=1")
  if (described.exitCode !== 0) {
    throw new BuildError("compile_failed", "Cargo.toml is malformed", described.stderr)
  }
  const named = readManifestSources(described.stdout)
  refuseForeignSources(named, allowedHosts)
  const locked = await readLockfile(workshop)
  if (locked === undefined && named.length > 0) {
    throw new BuildError("lockfile_missing", "Cargo.lock is needed where there are dependencies")
  }
  refuseForeignSources(locked ?? [], allowedHosts)
  if (locked === undefined) await runCargo(rust, workshop, "generate-lockfile")
  if (named.length === 0 && (locked ?? []).length === 0) return
  const { folder } = workshop
  await using gate = await openFetchGate(new Set([...CRATES_HOSTS, ...allowedHosts]), proxy)
  const ended = await workshop.run({
    program: rust.cargo,
    args: ["fetch", "--locked", "--manifest-path", join(folder, "source/Cargo.toml")],
    env: {
      ...(await git.environment(join(folder, "home"))),
      HTTPS_PROXY: gate.url,
      https_proxy: gate.url,
      HTTP_PROXY: gate.url,
      http_proxy: gate.url,
      NO_PROXY: "",
      no_proxy: "",
      CARGO_HOME: join(folder, "cargo"),
      CARGO_NET_RETRY: "1",
      CARGO_NET_GIT_FETCH_WITH_CLI: "true",
      RUSTC: rust.rustc,
    },
    // Not in the repository: a configuration there may name programs to run.
    cwd: join(folder, "tmp"),
    readOnly: [...rust.folders, ...(await git.readableFiles())],
    isFetch: true,
  })
  if (ended.exitCode !== 0) throw describeFetchFailure(ended.stderr)
}

/** Offline, behind the walls, and deaf to a configuration in the repository. */
function runCargo(rust: RustInstallation, workshop: Workshop, command: string, ...args: string[]) {
  return workshop.run({
    program: rust.cargo,
    args: [command, "--offline", "--manifest-path", workshop.path("source/Cargo.toml"), ...args],
    env: { CARGO_HOME: workshop.path("cargo"), RUSTC: rust.rustc },
    cwd: workshop.path("tmp"),
    readOnly: rust.folders,
  })
}

async function readLockfile({ folder }: Workshop): Promise<string[] | undefined> {
  const source = join(folder, "source")
  if (!(await isPlainFile(source, "Cargo.lock"))) return undefined
  const bytes = await readPlainFile(source, "Cargo.lock", MAX_LOCKFILE_BYTES)
  if (!bytes) throw new BuildError("compile_failed", "Cargo.lock is too large")
  return readLockfileSources(Buffer.from(bytes).toString())
}

/** Cargo tells by its words alone whether the network, the lockfile or a crate is at fault. */
function describeFetchFailure(stderr: string): BuildError {
  if (/--locked/.test(stderr)) {
    return new BuildError("lockfile_missing", "Cargo.lock does not fit Cargo.toml", stderr)
  }
  if (/git_proxy_options/.test(stderr)) {
    const message = "This worker's cargo cannot fetch dependencies by Git"
    return new BuildError("infrastructure", message, stderr)
  }
  const isAbsent = /not found|does not exist|not appear to be|no matching package|read Username/
  const isNetwork = /resolve host|connect to|timed? ?out|got 5\d\d|SSL|Connection|Recv failure/i
  if (!isAbsent.test(stderr) && isNetwork.test(stderr)) {
    const message = "A host of the dependencies does not answer"
    return new BuildError("repository_unreachable", message, stderr)
  }
  return new BuildError("compile_failed", "The dependencies cannot be fetched", stderr)
}

async function build(
  target: BuildTarget,
  rust: RustInstallation,
  maxWasmBytes: number,
  workshop: Workshop,
): Promise<Uint8Array> {
  const { folder, inside } = workshop
  const ended = await workshop.run({
    program: rust.cargo,
    args: ["build", "--release", "--locked", "--offline", "--target", target],
    env: {
      CARGO_HOME: workshop.path("cargo"),
      CARGO_TARGET_DIR: workshop.path("target"),
      CARGO_INCREMENTAL: "0",
      CARGO_TERM_COLOR: "never",
      RUSTC: rust.rustc,
      // The repository's own flags count, but where the folder's name would reach the module.
      ...(inside === folder && { RUSTFLAGS: `--remap-path-prefix=${folder}=/build` }),
    },
    cwd: workshop.path("source"),
    readOnly: rust.folders,
  })
  if (ended.exitCode !== 0) {
    throw new BuildError("compile_failed", "The Rust sources do not compile", ended.stderr)
  }
  const results = join("target", target, "release")
  const name = (await listFolder(folder, results)).find((file) => file.endsWith(".wasm"))
  if (name === undefined) {
    throw new BuildError("compile_failed", "The package has no binary for wasm", ended.stderr)
  }
  const wasm = await readPlainFile(folder, join(results, name), maxWasmBytes)
  if (!wasm) throw new BuildError("wasm_refused", "The module is too large or no plain file")
  return wasm
}
