/** A build inside bubblewrap: namespaces of its own, no network, no files but its own and the tools'. */
import type { Command, ConfinedStep, Confinement } from "./confinement.ts"
import { FILTER } from "./filtered.ts"
import { listReadable } from "./readable.ts"
import { succeeds } from "./succeeds.ts"

const INSIDE = "/build"
const PROGRAM = "/usr/bin/bwrap"

/** Undefined where bubblewrap is absent or may not make namespaces. */
export async function probeBubblewrap(): Promise<Confinement | undefined> {
  const command = wrap(
    { program: "/bin/sh", args: ["-c", "exit 0"], cwd: INSIDE, env: {}, readOnly: [] },
    "/tmp",
  )
  return (await succeeds(command, 5000)) ? confinement : undefined
}

const confinement: Confinement = {
  name: "bubblewrap",
  inside: () => INSIDE,
  prepare: async () => {},
  wrap,
}

function wrap(step: ConfinedStep, folder: string): Command {
  const args = ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
  // The outer uid stays: a drop before bubblewrap would take what it needs to make namespaces.
  args.push("--unshare-user", "--uid", "65534", "--gid", "65534", "--unshare-pid")
  args.push("--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "build")
  if (!step.isFetch) args.push("--unshare-net")
  for (const { path, target } of listReadable(step)) {
    args.push(...(target === undefined ? ["--ro-bind", path, path] : ["--symlink", target, path]))
  }
  // The kernel lets the outer root write /proc/sys without any capability: a core pattern is a way out.
  args.push("--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev", "--remount-ro", "/dev")
  args.push("--bind", folder, step.isFetch ? folder : INSIDE, "--remount-ro", "/", "--clearenv")
  for (const [name, value] of Object.entries(step.env)) args.push("--setenv", name, value)
  if (FILTER) args.push("--seccomp", "3")
  args.push("--chdir", step.cwd, "--", step.program, ...step.args)
  return { program: PROGRAM, args, filter: FILTER }
}
