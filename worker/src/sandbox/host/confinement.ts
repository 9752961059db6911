/** The words to put before a child's command, for each level that this machine reaches. */
import { spawnSync } from "node:child_process"
import { realpathSync } from "node:fs"
import type { Level } from "../levels.ts"
import { buildFilter } from "../../seccomp/filter.ts"
import { GUEST_CALLS } from "./guest-calls.ts"

/**
 * Kernel's limits of every child. They exist before their task, so these are the caps of any task:
 * what one task may use is decided by fuel, its memory's maximum and a SIGKILL.
 */
const LIMITS = [
  // Two threads through the longest run (60 s), and the start.
  "-t 150",
  // KiB of data: the largest guest memory (512 MiB), and V8 with its threads' stacks. Not address
  // space (-v): V8 reserves gigabytes of that for each wasm memory, so as not to check bounds.
  "-d 1400000",
  // KiB. Threads get as much each, so more of it would want more data.
  "-s 16384",
  "-c 0",
  "-f 0",
  "-n 64",
]
/** `sh -c SCRIPT sh COMMAND...` */
const LIMITED = [
  "/bin/sh",
  "-c",
  `${LIMITS.map((limit) => `ulimit ${limit}`).join(" && ")} && exec "$@"`,
  "sh",
]

/**
 * Pinned, and their effect is checked in the child (`flags.guest.ts`). The stack is for frames of
 * V8's baseline compiler, several times as large as what metering weighs.
 */
const NODE_FLAGS = [
  "--stack-size=14000",
  "--wasm-max-mem-pages=8192",
  "--max-old-space-size=512",
  "--v8-pool-size=2",
  "--disallow-code-generation-from-strings",
  "--disable-proto=throw",
  "--no-addons",
  "--no-warnings",
  "--input-type=commonjs",
]

const NAMESPACES = [
  // Besides the mounts: not `--unshare-all`, which goes on without a user namespace.
  "--unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-net --unshare-cgroup-try",
  "--uid 65534 --gid 65534 --cap-drop ALL",
  "--die-with-parent --new-session --clearenv --hostname guest",
].flatMap((words) => words.split(" "))

/** Where the command expects its filter: the first descriptor after stderr. */
const FILTER_DESCRIPTOR = 3

export interface Confinement {
  level: Level
  /** Runs Node: what it shall evaluate comes after. */
  command: readonly string[]
  /** A program for seccomp, which the command reads from `FILTER_DESCRIPTOR` to the end. */
  filter?: Uint8Array
}

/** The best first. Whether one works is for a trial to tell: containers may forbid what exists. */
export function findConfinements(): Confinement[] {
  const bwrap = findProgram("bwrap")
  return [...(bwrap ? inBubblewrap(bwrap) : []), inProcess(findProgram("setpriv"))]
}

function inBubblewrap(bwrap: string): Confinement[] {
  const { arch } = process
  const namespaces: Confinement = { level: "namespaces", command: bubblewrapped(bwrap, []) }
  if (arch !== "x64" && arch !== "arm64") return [namespaces]
  const filtered: Confinement = {
    level: "full",
    command: bubblewrapped(bwrap, ["--seccomp", String(FILTER_DESCRIPTOR)]),
    filter: buildFilter(arch, GUEST_CALLS),
  }
  return [filtered, namespaces]
}

function bubblewrapped(bwrap: string, options: readonly string[]): string[] {
  const libraries = sharedObjects().flatMap((path) => ["--ro-bind", realpathSync(path), path])
  const binds = ["--ro-bind", realpathSync(process.execPath), "/node", ...libraries]
  const mounts = [...binds, "--remount-ro", "/", "--chdir", "/", "--"]
  return [...LIMITED, bwrap, ...NAMESPACES, ...options, ...mounts, "/node", ...NODE_FLAGS]
}

/**
 * Node's permissions are no wall against native code, but a seat belt for ours. Without setpriv a
 * child whose worker is killed lives until its guest has ended.
 */
function inProcess(setpriv: string | undefined): Confinement {
  const tether = setpriv ? [setpriv, "--pdeathsig", "KILL", "--no-new-privs", "--"] : []
  return {
    level: "process",
    command: [...LIMITED, ...tether, process.execPath, ...NODE_FLAGS, "--permission"],
  }
}

/** What Node's binary is linked with; not what addons of this process have loaded since. */
function sharedObjects(): string[] {
  const { stdout } = spawnSync("ldd", [process.execPath], { encoding: "utf8" })
  return stdout.match(/\/\S+/g) ?? []
}

function findProgram(name: string): string | undefined {
  const { stdout } = spawnSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" })
  return stdout.trim() || undefined
}
