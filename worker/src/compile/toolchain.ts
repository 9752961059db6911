/** One way to turn a repository's files into a module. */
import type { BuildTarget } from "@outlayer/protocol/pure"
import type { Workshop } from "./workshop.ts"

export interface Toolchain {
  /** For people. */
  readonly name: string
  /** Names the compiler and its libraries exactly: equal ids, equal wasm. */
  identify(): Promise<string>
  readonly target: BuildTarget
  /** Whether a repository with these files at its root is for this one. */
  accepts(source: string): Promise<boolean>
  /** Whether its programs can be reached at all from behind these walls. */
  works(workshop: Workshop): Promise<boolean>
  /** With the network, but nothing that the repository holds runs. */
  fetch?(workshop: Workshop): Promise<void>
  /** Without the network. The source lies in the workshop's folder `source`. */
  build(workshop: Workshop): Promise<Uint8Array>
}
