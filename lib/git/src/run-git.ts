/**
 * One operation's Git: a home of its own, no configuration but ours and the operator's, https only,
 * hosts off the list turned into an address that no transport takes, one budget of time and bytes.
 */
import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createTemporaryFolder, folderBytes, type ProcessEnd, runProcess } from "@outlayer/service"
import type { GitOptions } from "./git.ts"
import { RepositoryError } from "./repository-error.ts"

export interface GitRun extends AsyncDisposable {
  /** For bare repositories and the like; gone when the operation is over. */
  readonly folder: string
  readonly maxRepositoryBytes: number
  /** Runs to the end, whatever the exit code. Throws when the budget is spent. */
  run(cwd: string, args: readonly string[], limits?: OutputLimit): Promise<ProcessEnd>
  /** The same, but an exit code other than 0 is an error too, of what the host answered. */
  must(cwd: string, args: readonly string[], limits?: OutputLimit): Promise<string>
}

interface OutputLimit {
  maxOutputBytes?: number
}

const MAX_REPOSITORY_BYTES = 256 * 1024 * 1024
const TIMEOUT_MS = 60_000
/** Refs and file lists of a large repository. */
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024

export async function startGit(options: GitOptions, signal: AbortSignal): Promise<GitRun> {
  const { maxRepositoryBytes = MAX_REPOSITORY_BYTES, timeoutMs = TIMEOUT_MS } = options
  const folder = await createTemporaryFolder("git")
  const env = await gitEnvironment(options, folder)
  const end = performance.now() + timeoutMs

  async function run(cwd: string, args: readonly string[], limits: OutputLimit = {}) {
    const ended = await runProcess(
      "/bin/sh",
      ["-c", underLimits(maxRepositoryBytes), "git", ...args],
      {
        cwd,
        env,
        signal,
        timeoutMs: Math.max(1, end - performance.now()),
        maxOutputBytes: limits.maxOutputBytes ?? MAX_OUTPUT_BYTES,
        watch: async () => ((await folderBytes(cwd)) > 2 * maxRepositoryBytes ? "size" : undefined),
      },
    )
    throwIfStopped(ended, signal)
    return ended
  }

  return {
    folder,
    maxRepositoryBytes,
    run,
    async must(cwd, args, limits) {
      const ended = await run(cwd, args, limits)
      if (ended.exitCode === 0) return ended.stdout
      throw readFailure(ended)
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** What any program's Git needs to keep to the rules above. Writes its configuration into `home`. */
export async function gitEnvironment(
  options: Omit<GitOptions, "maxRepositoryBytes" | "timeoutMs">,
  home: string,
): Promise<Record<string, string>> {
  await mkdir(home, { recursive: true })
  const configFile = join(home, "gitconfig")
  await writeFile(configFile, configuration(options))
  return {
    ...options.environment,
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: home,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: configFile,
    GIT_ALLOW_PROTOCOL: options.allowLocalFolders ? "https:file" : "https",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "/bin/false",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ATTR_NOSYSTEM: "1",
  }
}

/** The longest `insteadOf` wins: an allowed host maps to itself, the operator's mappings are longer. */
function configuration({ allowedHosts, configFile }: GitOptions): string {
  const lines = configFile ? ["[include]", `  path = ${JSON.stringify(configFile)}`] : []
  lines.push('[url "refused:"]', "  insteadOf = https://")
  for (const host of allowedHosts) {
    const base = JSON.stringify(`https://${host}/`)
    lines.push(`[url ${base}]`, `  insteadOf = ${base}`)
  }
  // A redirect could lead off the list. Slow hosts end before our own time is up.
  lines.push("[http]", "  followRedirects = false", "  lowSpeedLimit = 1000", "  lowSpeedTime = 20")
  lines.push("[core]", "  hooksPath = /dev/null", "  fsmonitor = false", "  autocrlf = false")
  lines.push(
    "[init]",
    "  templateDir =",
    "  defaultBranch = main",
    "[submodule]",
    "  recurse = false",
  )
  lines.push(
    "[gc]",
    "  auto = 0",
    "[maintenance]",
    "  auto = false",
    "[advice]",
    "  detachedHead = false",
  )
  return `${lines.join("\n")}\n`
}

/** A pack that unpacks to more than it says, or takes all memory, ends here. Units: 512 bytes, KiB. */
function underLimits(maxRepositoryBytes: number): string {
  const blocks = Math.ceil(maxRepositoryBytes / 512)
  return `ulimit -c 0; ulimit -f ${blocks}; ulimit -v 4194304; exec setpriv --pdeathsig KILL git "$@"`
}

function throwIfStopped(ended: ProcessEnd, signal: AbortSignal): void {
  switch (ended.stopped) {
    case undefined:
      return
    case "aborted":
      throw signal.reason
    case "size":
    case "output":
      throw new RepositoryError("repository_too_large", "The repository is too large", ended.stderr)
    default:
      throw unreachable(ended.stderr)
  }
}

/** Git tells apart by its words alone what its hosts answer by status. */
export function readFailure({ stderr }: ProcessEnd): RepositoryError {
  if (/File too large|SIGXFSZ|signal 25|out of memory|write error/i.test(stderr)) {
    return new RepositoryError("repository_too_large", "The repository is too large", stderr)
  }
  if (
    /could not read Username|Authentication failed|returned error: (?:401|403|404|410|30\d)/.test(
      stderr,
    )
  ) {
    return notFound(stderr)
  }
  if (/not found|does not exist|does not appear to be a git repository/.test(stderr)) {
    return notFound(stderr)
  }
  return unreachable(stderr)
}

function notFound(detail: string): RepositoryError {
  const message = "No such public repository at this address"
  return new RepositoryError("repository_not_found", message, detail)
}

function unreachable(detail: string): RepositoryError {
  const message = "The repository's host does not answer"
  return new RepositoryError("repository_unreachable", message, detail)
}
