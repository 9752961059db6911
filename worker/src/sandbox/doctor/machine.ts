/** What a machine says about itself, as far as isolation depends on it. */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"

export interface Machine {
  architecture: string
  isRoot: boolean
  /** As it names itself; undefined where it is not on PATH. */
  bubblewrap: string | undefined
  /** Numbers of the kernel's switches; undefined where it has no such switch. */
  switches: Readonly<Record<Switch, number | undefined>>
  hasSeccomp: boolean
  isContainer: boolean
}

type Switch = keyof typeof SWITCHES

const SWITCHES = {
  "user.max_user_namespaces": "/proc/sys/user/max_user_namespaces",
  "kernel.unprivileged_userns_clone": "/proc/sys/kernel/unprivileged_userns_clone",
  "kernel.apparmor_restrict_unprivileged_userns":
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
} as const

export function readMachine(): Machine {
  const version = spawnSync("bwrap", ["--version"], { encoding: "utf8" })
  const readSwitch = (name: Switch) => {
    const text = read(SWITCHES[name])
    return text === undefined ? undefined : Number(text)
  }
  return {
    architecture: process.arch,
    isRoot: process.getuid?.() === 0,
    bubblewrap: version.status === 0 ? version.stdout.trim() : undefined,
    switches: {
      "user.max_user_namespaces": readSwitch("user.max_user_namespaces"),
      "kernel.unprivileged_userns_clone": readSwitch("kernel.unprivileged_userns_clone"),
      "kernel.apparmor_restrict_unprivileged_userns": readSwitch(
        "kernel.apparmor_restrict_unprivileged_userns",
      ),
    },
    hasSeccomp: read("/proc/sys/kernel/seccomp/actions_avail") !== undefined,
    isContainer: ["/.dockerenv", "/run/.containerenv"].some((path) => read(path) !== undefined),
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}
