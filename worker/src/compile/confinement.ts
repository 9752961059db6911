/** The walls around a build. Its programs are hostile: what compiles them runs what they say. */
import type { Step } from "./workshop.ts"

export interface Command {
  program: string
  args: readonly string[]
  /** A program for seccomp, which the command reads from descriptor 3. */
  filter?: Uint8Array | undefined
}

export type ConfinedStep = Step & { env: Readonly<Record<string, string>> }

export interface Confinement {
  /** For the log and for build notes. */
  readonly name: string
  /** Where a build's folder lies for its programs. */
  inside(folder: string): string
  /** Makes the folder writable for whoever the programs run as. */
  prepare(folder: string): Promise<void>
  wrap(step: ConfinedStep, folder: string): Command
}
