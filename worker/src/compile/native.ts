/**
 * A build without bubblewrap, for machines that lack it: limits, an empty environment, and what can
 * be had of namespaces. It can read what its user may read.
 */
import { chown, lchown, readdir } from "node:fs/promises"
import { join } from "node:path"
import { runProcess } from "@outlayer/service"
import type { Confinement } from "./confinement.ts"

const NOBODY = 65534

/** Puts nothing in the place of the sockets before `--`, then runs what comes after it. */
const HIDE = [
  'while [ "$1" != -- ]; do',
  'if [ -e "$1" ]; then mount --bind /dev/null "$1" || exit 126; fi; shift; done; shift; exec "$@"',
].join(" ")

/**
 * `asNobody`: where we are root, its programs are not. The tools must then be readable by all.
 * `sockets` of this machine's servers are hidden where we may: that is, where we are root.
 */
export async function createNativeConfinement(
  asNobody: boolean,
  sockets: readonly string[] = [],
): Promise<Confinement> {
  const isRoot = process.getuid?.() === 0
  const isDropped = isRoot && asNobody
  // Killing the first takes every process of its namespace along.
  const namespaces = ["--pid", "--fork", "--kill-child", "--mount-proc", "--ipc"]
  if (!isRoot) namespaces.push("--user", "--map-current-user")
  const canUnshare = await succeeds("unshare", [...namespaces, "--net", "true"])
  const drop = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups"]
  const dropped = ["setpriv", ...drop, "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]
  // A new user id clears what unshare asked for.
  dropped.push("--pdeathsig", "KILL")

  return {
    name: [
      canUnshare ? "namespaces without bubblewrap" : "limits alone",
      isRoot && !isDropped ? ", as root" : "",
    ].join(""),
    inside: (folder) => folder,
    prepare: async (folder) => {
      if (isDropped) await giveAway(folder)
    },
    wrap({ program, args, env, cwd, isFetch }) {
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
      const network = isFetch ? [] : ["--net"]
      const command = ["env", "-i", "-C", cwd, ...variables, program, ...args]
      if (isDropped && !isFetch) command.unshift(...dropped)
      if (canUnshare) {
        if (isRoot) command.unshift("/bin/sh", "-c", HIDE, "sh", ...sockets, "--")
        command.unshift("unshare", ...namespaces, ...network)
      }
      const [first = "", ...rest] = command
      return { program: first, args: rest }
    },
  }
}

async function giveAway(folder: string): Promise<void> {
  await chown(folder, NOBODY, NOBODY)
  // Without types it goes into what symlinks lead to, and would give away the machine.
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name))
  await Promise.all(paths.map((path) => lchown(path, NOBODY, NOBODY)))
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  const ended = await runProcess(program, args, {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    timeoutMs: 5000,
    signal: new AbortController().signal,
  }).catch(() => undefined)
  return ended?.exitCode === 0
}
