/** A file as a stream: it has a position then. */
import { readContents } from "../files/contents.guest.ts"
import type { FileSystem } from "../files/file-system.guest.ts"
import type { FileNode } from "../files/nodes.guest.ts"
import type { Sink, Source } from "../streams.guest.ts"

export class FileSource implements Source {
  readonly #file: FileNode
  #position: number

  constructor(file: FileNode, position: number) {
    this.#file = file
    this.#position = position
  }

  get available(): number {
    return Math.max(0, this.#file.size - this.#position)
  }

  read(buffers: readonly Uint8Array[]): number {
    const count = readContents(this.#file, this.#position, buffers)
    this.#position += count
    return count
  }
}

export class FileSink implements Sink {
  readonly #files: FileSystem
  readonly #file: FileNode
  #position: number | undefined

  /** Without a position, always at the end. */
  constructor(files: FileSystem, file: FileNode, position?: number) {
    this.#files = files
    this.#file = file
    this.#position = position
  }

  write(bytes: Uint8Array): void {
    const at = this.#position ?? this.#file.size
    const count = this.#files.write(this.#file, at, [bytes])
    if (this.#position !== undefined) this.#position += count
  }
}
