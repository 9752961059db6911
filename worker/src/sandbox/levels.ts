/** How well a guest's process is walled off, should the engine itself be broken. */

/**
 * `process`: a process of its own with rlimits; `namespaces`: bubblewrap too, without files and
 * network; `full`: a filter of system calls on top.
 */
export const LEVELS = ["process", "namespaces", "full"] as const
export type Level = (typeof LEVELS)[number]

export function isBelow(level: Level, minimum: Level): boolean {
  return LEVELS.indexOf(level) < LEVELS.indexOf(minimum)
}
