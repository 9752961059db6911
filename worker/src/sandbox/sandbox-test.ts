/** What the tests of the sandbox share. */
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { describeWhere } from "@outlayer/testing/machine"
import { describe } from "vitest"
import type { Execution, RunLimits } from "./execution.ts"
import { createSandbox, type Level, type Sandbox, type SandboxOptions } from "./sandbox.ts"

export const NO_INPUT = { stdin: new Uint8Array(0), environment: {} }
export const LIMITS: RunLimits = {
  maxInstructions: 100_000_000n,
  maxMemoryMb: 64,
  // The most that a request may ask for: few machines are so slow that time ends what something else shall.
  maxExecutionMs: 60_000,
  maxOutputBytes: 100_000,
}

export function open(options: Partial<SandboxOptions>): Promise<Sandbox> {
  const log = { info() {}, warn() {} }
  return createSandbox({ minLevel: "process", poolSize: 2, log, ...options })
}

/** The same tests at every level; of those behind walls, at which. */
export function describeLevels(
  tests: (level: Level) => void,
  walled: readonly Level[] = ["namespaces", "full"],
): void {
  describe("at level process", () => {
    tests("process")
  })
  describeNamespaces(() => {
    describe.for(walled)("at level %s", (level) => {
      tests(level)
    })
  })
}

/** Where bubblewrap works, level `full` must be reached too: it is no reason to leave tests out. */
export function describeNamespaces(tests: () => void): void {
  const words = ["--unshare-all", "--ro-bind", "/", "/", "true"]
  describeWhere("bwrap and user namespaces", spawnSync("bwrap", words).status === 0, tests)
}

export function text({ output }: Execution): string {
  return Buffer.from(output).toString()
}

/** Processes that `pid` has started. */
export function children(pid: number = process.pid): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" "))
    .filter((child) => child.trim() !== "")
    .map(Number)
    .filter(isAlive)
}

/** A zombie is dead too: who shall fetch its exit code may be late, or may never do so. */
export function isAlive(pid: number): boolean {
  try {
    // proc_pid_stat(5): the state follows the name, which may itself hold any character.
    return !/\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return false
  }
}
