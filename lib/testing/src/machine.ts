/** What a machine may lack: tests that need it are then left out, by name, and CI is red. */
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { describe } from "vitest"

/** How the suites begin that were left out for want of a program; `closing-lines.ts` reads it. */
export const WHERE = "where this machine has "

/** A suite that runs only where `program` can be found. */
export function describeWhere(program: string, isThere: boolean, tests: () => void): void {
  describe.runIf(isThere)(`${WHERE}${program}`, () => {
    tests()
  })
}

/** For code that takes the machine's environment as an argument. */
export const environment: Readonly<NodeJS.ProcessEnv> = process.env

/** The full path of a program on PATH. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter)
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}
