/** `wasi:filesystem/types`: descriptors, which have no position. */
import { fail } from "../files/file-error.guest.ts"
import type { FileSystem } from "../files/file-system.guest.ts"
import type { FileNode, FolderNode, Node } from "../files/nodes.guest.ts"
import { findNode, isFollowed, openNode } from "../files/open-node.guest.ts"
import { MAX_PATH_BYTES, type Place } from "../files/path.guest.ts"
import { type Datetime, nanosecondsOf } from "./clocks.guest.ts"
import { Failed } from "./failed.guest.ts"
import { FileSink, FileSource } from "./file-streams.guest.ts"
import { FolderListing } from "./folder-listing.guest.ts"
import { hashOf, statOf, typeOf } from "./metadata.guest.ts"
import { Resource } from "./resource.guest.ts"
import { InputStream, type Maker, OutputStream, readPaid } from "./streams.guest.ts"

const MAX_POSITION = BigInt(Number.MAX_SAFE_INTEGER)

interface PathFlags {
  symlinkFollow?: boolean
}
interface OpenFlags {
  create?: boolean
  directory?: boolean
  exclusive?: boolean
  truncate?: boolean
}
interface DescriptorFlags {
  read?: boolean
  write?: boolean
  mutateDirectory?: boolean
}
type NewTime = { tag: "no-change" } | { tag: "now" } | { tag: "timestamp"; val: Datetime }

export class Descriptor extends Resource {
  readonly #maker: Maker
  readonly #files: FileSystem
  readonly #node: FileNode | FolderNode
  readonly #flags: DescriptorFlags

  constructor(
    maker: Maker,
    files: FileSystem,
    node: FileNode | FolderNode,
    flags: DescriptorFlags,
  ) {
    super(maker.live)
    this.#maker = maker
    this.#files = files
    this.#node = node
    this.#flags = flags
    if (node.kind === "file") files.open(node)
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]()
    if (this.#node.kind === "file") this.#files.close(this.#node)
  }

  readViaStream(offset: bigint): InputStream {
    const file = this.#needFile("read")
    return new InputStream(this.#maker, new FileSource(file, takePosition(offset)))
  }

  writeViaStream(offset: bigint): OutputStream {
    const file = this.#needFile("write")
    return new OutputStream(this.#maker, new FileSink(this.#files, file, takePosition(offset)))
  }

  appendViaStream(): OutputStream {
    const file = this.#needFile("write")
    return new OutputStream(this.#maker, new FileSink(this.#files, file))
  }

  read(length: bigint, offset: bigint): [Uint8Array, boolean] {
    const source = new FileSource(this.#needFile("read"), takePosition(offset))
    const bytes = readPaid(this.#maker.host.fuel, source, length)
    return [bytes, bytes.length === 0]
  }

  write(bytes: Uint8Array, offset: bigint): bigint {
    const file = this.#needFile("write")
    return BigInt(this.#files.write(file, takePosition(offset), [bytes]))
  }

  setSize(size: bigint): void {
    this.#files.resize(this.#needFile("write"), takePosition(size))
  }

  getFlags(): DescriptorFlags {
    return this.#flags
  }

  getType(): string {
    return typeOf(this.#node)
  }

  stat() {
    return statOf(this.#node)
  }

  setTimes(accessed: NewTime, modified: NewTime): void {
    this.#setTimes(this.#node, accessed, modified)
  }

  /** Nothing to gain by any. */
  advise(): void {
    this.#needFile()
  }

  /** There is no disk. */
  sync(): void {}
  syncData(): void {}

  isSameObject(other: Descriptor): boolean {
    return this.#node === other.#node
  }

  metadataHash() {
    return hashOf(this.#node)
  }

  readDirectory(): FolderListing {
    return new FolderListing(this.#maker, this.#needFolder())
  }

  openAt(
    { symlinkFollow = false }: PathFlags,
    path: string,
    { create = false, directory = false, exclusive = false, truncate = false }: OpenFlags,
    { read = false, write = false, mutateDirectory = false }: DescriptorFlags,
  ): Descriptor {
    const folder = this.#needFolder()
    const changes = write || mutateDirectory || create || truncate
    if (changes && !this.#flags.mutateDirectory) throw new Failed("read-only")
    if (create && directory) fail("inval")
    if (truncate && !write) fail("inval")
    const opening = {
      creates: create,
      isExclusive: exclusive,
      isFolderMeant: directory,
      truncates: truncate,
      writes: write,
      mayCreate: true,
    }
    const place = this.#find(folder, path, isFollowed(path, symlinkFollow, opening))
    const node = openNode(this.#files, place, opening)
    // Asked of a file, it means nothing; a folder may be given on with less than one has.
    const flags = { read, write, mutateDirectory: mutateDirectory && node.kind === "folder" }
    return new Descriptor(this.#maker, this.#files, node, flags)
  }

  createDirectoryAt(path: string): void {
    this.#files.createFolder(this.#findToChange(path))
  }

  removeDirectoryAt(path: string): void {
    this.#files.removeFolder(this.#findToChange(path))
  }

  unlinkFileAt(path: string): void {
    this.#files.removeFile(this.#findToChange(path))
  }

  renameAt(oldPath: string, to: Descriptor, newPath: string): void {
    this.#files.rename(this.#findToChange(oldPath), to.#findToChange(newPath))
  }

  linkAt(flags: PathFlags, oldPath: string, to: Descriptor, newPath: string): void {
    const from = this.#find(this.#needFolder(), oldPath, flags.symlinkFollow ?? false)
    this.#files.addName(from, to.#findToChange(newPath))
  }

  symlinkAt(target: string, path: string): void {
    checkLength(target)
    if (target === "") fail("noent")
    if (target.startsWith("/")) fail("notcapable")
    this.#files.createLink(this.#findToChange(path), target)
  }

  readlinkAt(path: string): string {
    const { node } = this.#find(this.#needFolder(), path, false)
    if (!node) return fail("noent")
    if (node.kind !== "link") return fail("inval")
    this.#maker.host.fuel.pay(Buffer.byteLength(node.target))
    return node.target
  }

  statAt(flags: PathFlags, path: string) {
    return statOf(this.#findNode(flags, path))
  }

  setTimesAt(flags: PathFlags, path: string, accessed: NewTime, modified: NewTime): void {
    if (!this.#flags.mutateDirectory) throw new Failed("read-only")
    this.#setTimes(this.#findNode(flags, path), accessed, modified)
  }

  metadataHashAt(flags: PathFlags, path: string) {
    return hashOf(this.#findNode(flags, path))
  }

  #findNode({ symlinkFollow = false }: PathFlags, path: string): Node {
    checkLength(path)
    return findNode(this.#files, this.#needFolder(), path, symlinkFollow)
  }

  #findToChange(path: string): Place {
    const folder = this.#needFolder()
    if (!this.#flags.mutateDirectory) throw new Failed("read-only")
    return this.#find(folder, path, false)
  }

  #find(folder: FolderNode, path: string, follows: boolean): Place {
    checkLength(path)
    return this.#files.find(folder, path, follows)
  }

  #needFolder(): FolderNode {
    return this.#node.kind === "folder" ? this.#node : fail("notdir")
  }

  #needFile(right?: "read" | "write"): FileNode {
    if (this.#node.kind === "folder") return fail("isdir")
    return right && !this.#flags[right] ? fail("badf") : this.#node
  }

  #setTimes(node: Node, accessed: NewTime, modified: NewTime): void {
    const choose = (time: NewTime) => {
      if (time.tag === "no-change") return undefined
      return time.tag === "now" ? this.#files.now : nanosecondsOf(time.val)
    }
    this.#files.setTimes(node, choose(accessed), choose(modified))
  }
}

function checkLength(path: string): void {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) fail("nametoolong")
}

function takePosition(offset: bigint): number {
  return offset > MAX_POSITION ? fail("fbig") : Number(offset)
}
