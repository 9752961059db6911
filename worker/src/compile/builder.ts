/** From a repository's commit to a wasm module and a signed word on where it came from. */
import { join } from "node:path"
import type { BuildTarget } from "@outlayer/protocol/pure"
import { createGit, type GitOptions, RepositoryError } from "@outlayer/git"
import { FullCommit } from "@outlayer/protocol"
import { removeAbandonedFolders } from "@outlayer/service"
import { probeBubblewrap } from "./bubblewrap.ts"
import { BuildError, type Builder, type BuildDone } from "./build.ts"
import { type Signer, signBuild } from "./build-record.ts"
import { findClang } from "./clang/toolchain.ts"
import type { Confinement } from "./confinement.ts"
import { listNativeConfinements } from "./native.ts"
import { isPlainFile } from "./read-output.ts"
import type { MachineEnvironment } from "./rust/find-rust.ts"
import { findJavascript } from "./javascript/toolchain.ts"
import { refuseSymlinks } from "./refuse-symlinks.ts"
import { findRustToolchains } from "./rust/toolchain.ts"
import type { Toolchain } from "./toolchain.ts"
import { stripModule } from "./wasm-sections.ts"
import { openWorkshop } from "./workshop.ts"

export type { Build, Builder } from "./build.ts"

export interface BuilderOptions {
  git: GitOptions
  /** `sandbox`: in bubblewrap, or not at all. `native`: weaker walls, for machines without it. */
  mode: "sandbox" | "native"
  signer: Signer
  /** Where this machine's own compilers are looked for: its environment. */
  machine?: MachineEnvironment
  /** Where npm packages come from; undefined: what this machine's npm is set to. */
  npmRegistry?: string | undefined
  /** Where their archives are kept; undefined: in the cache of whoever runs the worker. */
  npmCache?: string | undefined
  /** 16 MiB unless told. */
  maxWasmBytes?: number | undefined
  log: BuildLog
}

/** What a builder needs of a logger. */
interface BuildLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Below the home of whoever runs the worker. */
const CACHE = ".cache/outlayer/npm"
const MAX_WASM_BYTES = 16 * 1024 * 1024
const LOG_CHARACTERS = 16_000
/** A first start on a cold machine. */
const CHECK_MS = 60_000

/** Rejects where the walls that `mode` asks for cannot be had. */
export async function createBuilder(options: BuilderOptions): Promise<Builder> {
  const { signer, log } = options
  const git = createGit(options.git)
  const { machine = {}, maxWasmBytes = MAX_WASM_BYTES } = options
  await removeAbandonedFolders("build")
  await removeAbandonedFolders("git")
  const { allowedHosts, environment = {} } = options.git
  const proxy = environment["HTTPS_PROXY"] ?? environment["https_proxy"]
  const registry = options.npmRegistry
  const cacheFolder = options.npmCache ?? (machine.HOME && join(machine.HOME, CACHE))
  const found = (
    await Promise.all([
      findRustToolchains({ machine, git, allowedHosts, proxy, maxWasmBytes }),
      findJavascript({ registry, cacheFolder, environment, maxWasmBytes }),
      findClang(maxWasmBytes),
    ])
  ).flat()
  const { confinement, toolchains } = await chooseWalls(options.mode, found)
  for (const { name } of found.filter((toolchain) => !toolchains.includes(toolchain))) {
    log.warn({ toolchain: name, confinement: confinement.name }, "toolchain cannot be reached")
  }
  const names = toolchains.map(({ name, target }) => `${name} ${target}`)
  log.info({ confinement: confinement.name, toolchains: names }, "builder ready")

  return {
    toolchains: names,
    confinement: confinement.name,
    async build(source, { maxCompileMs }, signal) {
      const started = performance.now()
      const compileTimeMs = () => Math.ceil(performance.now() - started)
      const timeout = AbortSignal.timeout(maxCompileMs)
      const ended = AbortSignal.any([signal, timeout])
      // Node gives one to which nobody listens the reason of whichever it asks first, not of the first.
      ended.addEventListener("abort", () => {})
      try {
        if (!toolchains.some(({ target }) => target === source.buildTarget)) {
          throw new BuildError("target_unsupported", `No builder for ${source.buildTarget} here`)
        }
        await using workshop = await openWorkshop(confinement, started + maxCompileMs, signal)
        const folder = join(workshop.folder, "source")
        const { repositoryKey, branches } = await git.fetchSource(source, folder, ended)
        await refuseSymlinks(folder)
        const toolchain = await chooseToolchain(toolchains, folder, source.buildTarget)
        await toolchain.fetch?.(workshop)
        const wasm = stripModule(await toolchain.build(workshop), source.buildTarget)
        const facts = {
          repo: repositoryKey,
          commit: FullCommit.parse(source.commit.toLowerCase()),
          branches: [...branches],
          build_target: source.buildTarget,
          toolchain: await toolchain.identify(),
        }
        const record = signBuild(facts, wasm, signer)
        const note = `Built with ${facts.toolchain}, ${confinement.name}`
        const { wasm_hash } = record
        log.info({ repo: repositoryKey, wasm_hash, ms: compileTimeMs() }, "build done")
        return { ok: true, wasm, record, compileTimeMs: compileTimeMs(), note } satisfies BuildDone
      } catch (error) {
        // Of the two that can end a fetch, the first did.
        const isLate = ended.reason === timeout.reason && isReasonOf(error, timeout, signal)
        const { code, message, log: output } = isLate ? fetchedTooLong() : describeFailure(error)
        const ms = compileTimeMs()
        log.info({ repo: source.repo, commit: source.commit, code, ms, output }, "build failed")
        return { ok: false, code, message, log: output, compileTimeMs: ms }
      }
    },
  }
}

/** The first walls behind which every toolchain works, else those that hide the fewest. */
async function chooseWalls(mode: BuilderOptions["mode"], toolchains: readonly Toolchain[]) {
  const choices = []
  for (const confinement of await listConfinements(mode)) {
    const works = await Promise.all(toolchains.map((one) => isReached(one, confinement)))
    const usable = toolchains.filter((_, index) => works[index])
    choices.push({ confinement, toolchains: usable })
    if (usable.length === toolchains.length) break
  }
  const [best] = choices.toSorted((one, other) => other.toolchains.length - one.toolchains.length)
  if (best && best.toolchains.length > 0) return best
  throw new Error(
    mode === "native"
      ? "No compiler works here: is the project's folder readable?"
      : "Builds need bubblewrap, which does not work here: install it, allow it user namespaces, or set COMPILATION_MODE=native",
  )
}

async function isReached(toolchain: Toolchain, confinement: Confinement): Promise<boolean> {
  const deadline = performance.now() + CHECK_MS
  await using workshop = await openWorkshop(confinement, deadline, AbortSignal.timeout(CHECK_MS))
  return await toolchain.works(workshop)
}

/** Strongest first. */
async function listConfinements(mode: BuilderOptions["mode"]): Promise<Confinement[]> {
  if (mode === "native") return await listNativeConfinements()
  const bubblewrap = await probeBubblewrap()
  return bubblewrap ? [bubblewrap] : []
}

async function chooseToolchain(
  toolchains: readonly Toolchain[],
  source: string,
  target: BuildTarget,
) {
  const fitting = []
  for (const toolchain of toolchains) if (await toolchain.accepts(source)) fitting.push(toolchain)
  const toolchain = fitting.find((one) => one.target === target)
  if (toolchain) return toolchain
  const [other] = fitting
  if (other) {
    throw new BuildError("target_unsupported", `This repository is built for ${other.target} here`)
  }
  if (await isPlainFile(source, "Cargo.toml")) {
    throw new BuildError("infrastructure", "This worker has no Rust for the target")
  }
  throw new BuildError(
    "compile_failed",
    "The repository has none of Cargo.toml, package.json and outlayer.json",
  )
}

function isReasonOf(error: unknown, ...signals: AbortSignal[]): boolean {
  return signals.some(({ aborted, reason }) => aborted && error === reason)
}

function fetchedTooLong(): BuildError {
  return new BuildError("compile_timeout", "The fetch took longer than the request allows")
}

/** What is no fault of the repository flies on. */
function describeFailure(error: unknown): BuildError {
  if (error instanceof BuildError) {
    return new BuildError(error.code, error.message, error.log.slice(-LOG_CHARACTERS))
  }
  if (error instanceof RepositoryError) {
    return new BuildError(error.code, error.message, error.detail.slice(-LOG_CHARACTERS))
  }
  throw error
}
