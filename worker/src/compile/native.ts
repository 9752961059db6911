/**
 * A build without bubblewrap, for machines that lack it: limits, an empty environment, and what can
 * be had of namespaces. It can read what its user may read.
 */
import { chown, lchown, readdir } from "node:fs/promises"
import { join } from "node:path"
import { runProcess } from "@outlayer/service"
import type { Confinement } from "./confinement.ts"

const NOBODY = 65534

/** `asNobody`: where we are root, its programs are not. The tools must then be readable by all. */
export async function createNativeConfinement(asNobody: boolean): Promise<Confinement> {
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
      if (canUnshare) command.unshift("unshare", ...namespaces, ...network)
      const [first = "", ...rest] = command
      return { program: first, args: rest }
    },
  }
}

async function giveAway(folder: string): Promise<void> {
  await chown(folder, NOBODY, NOBODY)
  const entries = await readdir(folder, { recursive: true })
  await Promise.all(entries.map((entry) => lchown(join(folder, entry), NOBODY, NOBODY)))
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
