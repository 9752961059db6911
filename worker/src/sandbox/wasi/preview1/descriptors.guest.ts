/** The guest's file descriptors: three streams, the root of its files, and what it opens there. */
import type { FileNode, FolderNode } from "../files/nodes.guest.ts"
import { fail } from "../files/file-error.guest.ts"
import type { FileSystem } from "../files/file-system.guest.ts"
import { FOLDER_RIGHTS, RIGHT, ROOT_INHERITING } from "./rights.guest.ts"
import type { Sink, Source } from "../streams.guest.ts"

interface Common {
  /** `fdflags`: without effect, but for `append` on a file. */
  flags: number
  rights: bigint
  /** The most that what is opened with it can have. */
  inheriting: bigint
}

interface StreamDescriptor extends Common {
  kind: "stream"
  source?: Source
  sink?: Sink
}

export interface FileDescriptor extends Common {
  kind: "file"
  node: FileNode
  position: number
}

export interface FolderDescriptor extends Common {
  kind: "folder"
  node: FolderNode
  /** The guest is told of it before it starts. */
  preopenedAs?: string
}

export type Descriptor = StreamDescriptor | FileDescriptor | FolderDescriptor

const FIRST_FREE = 3
const MAX_OPEN = 1024

export class Descriptors {
  readonly #open: Map<number, Descriptor>
  readonly #files: FileSystem

  constructor(stdin: Source, stdout: Sink, stderr: Sink, files: FileSystem, isRootGiven: boolean) {
    this.#files = files
    this.#open = new Map<number, Descriptor>([
      [0, stream({ source: stdin })],
      [1, stream({ sink: stdout })],
      [2, stream({ sink: stderr })],
    ])
    if (isRootGiven) {
      const given = { rights: FOLDER_RIGHTS, inheriting: ROOT_INHERITING, preopenedAs: "/" }
      this.add({ kind: "folder", node: files.root, flags: 0, ...given })
    }
  }

  get(fd: number): Descriptor | undefined {
    return this.#open.get(fd)
  }

  /** Fails where it may not be used for this. */
  need(fd: number, right: bigint): Descriptor {
    const descriptor = this.#open.get(fd) ?? fail("badf")
    if ((descriptor.rights & right) !== right) fail("notcapable")
    return descriptor
  }

  needFolder(fd: number, right: bigint): FolderDescriptor {
    const descriptor = this.#open.get(fd) ?? fail("badf")
    if (descriptor.kind !== "folder") return fail("notdir")
    if ((descriptor.rights & right) !== right) fail("notcapable")
    return descriptor
  }

  /** Before something is created that could then not be opened. */
  checkRoom(): void {
    if (this.#open.size >= MAX_OPEN) fail("mfile")
  }

  /** The lowest number that is free. */
  add(descriptor: Descriptor): number {
    this.checkRoom()
    let fd = FIRST_FREE
    while (this.#open.has(fd)) fd += 1
    this.#open.set(fd, descriptor)
    if (descriptor.kind === "file") this.#files.open(descriptor.node)
    return fd
  }

  close(fd: number): boolean {
    const descriptor = this.#open.get(fd)
    if (descriptor?.kind === "file") this.#files.close(descriptor.node)
    return this.#open.delete(fd)
  }

  /** Closes `to`, which becomes what `from` was. Both must be open. */
  renumber(from: number, to: number): boolean {
    const moved = this.#open.get(from)
    if (!moved || !this.#open.has(to)) return false
    if (from === to) return true
    this.close(to)
    this.#open.delete(from)
    this.#open.set(to, moved)
    return true
  }
}

function stream(ends: { source: Source } | { sink: Sink }): StreamDescriptor {
  const own = "source" in ends ? RIGHT.fd_read : RIGHT.fd_write
  const rights = own | RIGHT.fd_fdstat_set_flags | RIGHT.fd_filestat_get | RIGHT.poll_fd_readwrite
  return { kind: "stream", ...ends, flags: 0, rights, inheriting: 0n }
}
