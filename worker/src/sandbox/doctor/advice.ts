/** From what was seen and tried to what would help. */
import type { Level } from "../levels.ts"
import type { Machine } from "./machine.ts"

export interface Trial {
  level: Level
  /** Why it is not reached. */
  reason?: string
}

/** What is missing for the level above the best that was reached, most certain first. */
export function advise(machine: Machine, trials: readonly Trial[]): string[] {
  const isReached = (level: Level) => trials.some((one) => one.level === level && !one.reason)
  if (isReached("full")) return []
  if (!isReached("namespaces")) return adviseNamespaces(machine)
  if (machine.architecture !== "x64" && machine.architecture !== "arm64")
    return [`There is no filter for processors of the kind ${machine.architecture}.`]
  if (!machine.hasSeccomp)
    return ["The kernel has no seccomp filters: build it with CONFIG_SECCOMP_FILTER."]
  return ["The filter is refused or denies what Node needs here: the reason above says which."]
}

function adviseNamespaces({ bubblewrap, isRoot, switches, isContainer }: Machine): string[] {
  const advice: string[] = []
  if (bubblewrap === undefined)
    advice.push("bubblewrap is missing: install the package bubblewrap.")
  if (switches["user.max_user_namespaces"] === 0)
    advice.push("User namespaces are off: sysctl user.max_user_namespaces=15000")
  if (!isRoot && switches["kernel.unprivileged_userns_clone"] === 0)
    advice.push("User namespaces are root's alone: sysctl kernel.unprivileged_userns_clone=1")
  if (!isRoot && switches["kernel.apparmor_restrict_unprivileged_userns"] === 1)
    advice.push(
      "AppArmor takes rights from user namespaces: give bwrap a profile with the rule `userns,`," +
        " or sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    )
  if (isContainer || advice.length === 0)
    advice.push("In a container: start it with the security options of docs/sandbox.md.")
  return advice
}
