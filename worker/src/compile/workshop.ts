/** A build's own place, the only one where its programs may write, and how they are run there. */
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { createTemporaryFolder, runProcess } from "@outlayer/service"
import { BuildError } from "./build.ts"
import type { Confinement } from "./confinement.ts"
import { watchBuild } from "./watch-build.ts"

/** One program of a build, and how far it may reach. */
export interface Step {
  program: string
  args: readonly string[]
  /** All of its environment but HOME, TMPDIR and PATH. */
  env?: Readonly<Record<string, string>>
  /** Where it starts: a folder of the workshop. */
  cwd: string
  /** Files and folders that it may read besides the system's programs and libraries. */
  readOnly: readonly string[]
  /**
   * For what fetches, and runs nothing that a repository holds: it has the network and reads how to
   * use it. It sees the workshop at `folder`, not `inside`.
   */
  isFetch?: boolean
}

interface StepEnd {
  exitCode: number | undefined
  stdout: string
  stderr: string
}

export interface Workshop extends AsyncDisposable {
  /** On this machine. */
  readonly folder: string
  /** The same folder as a build's programs see it: the same for every build where that is possible. */
  readonly inside: string
  /** Where something in the workshop lies for its programs. */
  path(...parts: string[]): string
  /** To the program's end, whatever its exit code. Throws `BuildError` when a limit is passed. */
  run(step: Step): Promise<StepEnd>
}

/** `deadline`: on the clock of `performance.now()`. */
export async function openWorkshop(
  confinement: Confinement,
  deadline: number,
  signal: AbortSignal,
): Promise<Workshop> {
  const folder = await createTemporaryFolder("build")
  await Promise.all(["home", "tmp"].map((name) => mkdir(join(folder, name))))
  const inside = confinement.inside(folder)

  return {
    folder,
    inside,
    path: (...parts) => join(inside, ...parts),
    async run(step) {
      await confinement.prepare(folder)
      const root = step.isFetch ? folder : inside
      const env = {
        HOME: join(root, "home"),
        TMPDIR: join(root, "tmp"),
        PATH: "/usr/bin:/bin",
        LC_ALL: "C",
        ...step.env,
      }
      const { program, args, filter } = confinement.wrap({ ...step, env }, folder)
      const ended = await runProcess("/bin/sh", ["-c", UNDER_LIMITS, "sh", program, ...args], {
        cwd: folder,
        // bubblewrap's own environment can be read inside, in /proc/1/environ.
        env: { PATH: "/usr/bin:/bin" },
        signal,
        timeoutMs: Math.max(1, deadline - performance.now()),
        watch: watchBuild(folder),
        descriptor3: filter,
        maxOutputBytes: 16 * 1024 * 1024,
      })
      if (ended.stopped !== undefined) throw describeStop(ended.stopped, ended.stderr, signal)
      // The walls' own word, before anything of the build ran.
      if (/^(?:bwrap|walls): /.test(ended.stderr)) throw new Error(ended.stderr.trim())
      return ended
    },
    async [Symbol.asyncDispose]() {
      await remove(folder)
    },
  }
}

/**
 * No core dumps, 1 GiB a file (in blocks of 512 bytes), an hour of processor a process. It dies with
 * us, however we die.
 */
const UNDER_LIMITS = [
  "ulimit -c 0; ulimit -f 2097152; ulimit -n 4096; ulimit -t 3600",
  'exec setpriv --pdeathsig KILL "$@"',
].join("; ")

function describeStop(stopped: string, log: string, signal: AbortSignal): unknown {
  switch (stopped) {
    case "aborted":
      return signal.reason
    case "time":
      return new BuildError("compile_timeout", "The build took longer than the request allows", log)
    default:
      return new BuildError("compile_failed", `The build used too much: ${stopped}`, log)
  }
}

/** A build may have taken away its own folders' permissions. `-R` follows no symlinks. */
async function remove(folder: string): Promise<void> {
  const script = 'chmod -R u+rwX "$1" 2>/dev/null; rm -rf "$1"'
  await runProcess("/bin/sh", ["-c", script, "sh", folder], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    timeoutMs: 60_000,
    signal: new AbortController().signal,
  })
}
