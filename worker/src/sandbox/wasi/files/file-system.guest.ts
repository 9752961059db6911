/** A guest's files: in memory, its own, and gone with it. Knows no descriptors and no rights. */
import type { VirtualClock } from "../clock.guest.ts"
import type { Fuel } from "../fuel.guest.ts"
import { Budget, type FileLimits } from "./budget.guest.ts"
import { resize, writeContents } from "./contents.guest.ts"
import { fail } from "./file-error.guest.ts"
import type { FileNode, FolderNode, LinkNode, Node } from "./nodes.guest.ts"
import { findPlace, type Place } from "./path.guest.ts"

/** A name in a folder: a map's entry and a node. */
const FUEL_PER_ENTRY = 500
/** Of the way up that a moved folder must not meet itself on. */
const FUEL_PER_PARENT = 4

export class FileSystem {
  readonly root: FolderNode
  readonly #fuel: Fuel
  readonly #clock: VirtualClock
  readonly #budget: Budget
  #lastId = 0n
  // After `.` and `..`, in a listing.
  #lastSerial = 2

  constructor(fuel: Fuel, clock: VirtualClock, limits?: FileLimits) {
    this.#fuel = fuel
    this.#clock = clock
    this.#budget = new Budget(limits)
    this.root = this.#newFolder()
    // Its name is the descriptor that it is given with.
    this.root.links = 1
  }

  find(start: FolderNode, path: string, isLastFollowed: boolean): Place {
    return findPlace(start, path, this.#fuel, isLastFollowed)
  }

  createFile(place: Place): FileNode {
    if (place.isFolderMeant) fail("isdir")
    const file: FileNode = {
      ...this.#common(),
      kind: "file",
      storage: new Uint8Array(0),
      size: 0,
      opens: 0,
    }
    this.#enter(place, file)
    return file
  }

  createFolder(place: Place): FolderNode {
    const folder = this.#newFolder(place.folder)
    this.#enter(place, folder)
    return folder
  }

  createLink(place: Place, target: string): LinkNode {
    if (place.isFolderMeant) fail(place.node ? "exist" : "noent")
    const bytes = Buffer.byteLength(target)
    this.#budget.takeBytes(bytes)
    try {
      const link: LinkNode = { ...this.#common(), kind: "link", target }
      this.#enter(place, link)
      return link
    } catch (error) {
      this.#budget.takeBytes(-bytes)
      throw error
    }
  }

  /** One more name for what is there: no folder, which has but one parent. */
  addName({ node, isFolderMeant }: Place, to: Place): void {
    if (!node) return fail("noent")
    if (node.kind === "folder") return fail("perm")
    if (isFolderMeant) fail("notdir")
    if (to.isFolderMeant) fail(to.node ? "exist" : "noent")
    this.#enter(to, node)
    node.times.changed = this.now
  }

  removeFile({ folder, name, node, isFolderMeant }: Place): void {
    if (!node) return fail("noent")
    if (node.kind === "folder" || name === undefined) return fail("isdir")
    if (isFolderMeant) fail("notdir")
    this.#leave(folder, name, node)
  }

  removeFolder({ folder, name, node }: Place): void {
    if (!node) return fail("noent")
    if (node.kind !== "folder") return fail("notdir")
    if (name === undefined) return fail("inval")
    if (node.entries.size > 0) fail("notempty")
    this.#leave(folder, name, node)
  }

  rename(from: Place, to: Place): void {
    const { node } = from
    if (!node) return fail("noent")
    if (from.name === undefined || to.name === undefined) return fail("busy")
    if (from.isFolderMeant && node.kind !== "folder") fail("notdir")
    if (node === to.node) return
    if (node.kind === "folder") this.#checkMove(node, to)
    else if (to.node?.kind === "folder") fail("isdir")
    else if (to.isFolderMeant) fail("notdir")
    // A folder that was removed may still be open.
    if (to.folder.links === 0) fail("noent")
    this.#fuel.pay(FUEL_PER_ENTRY)
    if (to.node) this.#leave(to.folder, to.name, to.node)
    from.folder.entries.delete(from.name)
    this.#touch(from.folder)
    to.folder.entries.set(to.name, { serial: (this.#lastSerial += 1), node })
    if (node.kind === "folder") node.parent = to.folder
    this.#touch(to.folder)
    node.times.changed = this.now
  }

  write(file: FileNode, offset: number, buffers: readonly Uint8Array[]): number {
    const length = writeContents(file, offset, buffers, this.#fuel, this.#budget)
    this.#touch(file)
    return length
  }

  resize(file: FileNode, size: number): void {
    resize(file, size, this.#fuel, this.#budget)
    this.#touch(file)
  }

  /** `undefined` leaves a time as it is. */
  setTimes(node: Node, accessed: bigint | undefined, modified: bigint | undefined): void {
    const { times, now } = { times: node.times, now: this.now }
    times.accessed = accessed ?? times.accessed
    times.modified = modified ?? times.modified
    times.changed = now
  }

  open(file: FileNode): void {
    file.opens += 1
  }

  close(file: FileNode): void {
    file.opens -= 1
    this.#giveBack(file)
  }

  get now(): bigint {
    return this.#clock.realtime
  }

  #checkMove(folder: FolderNode, { folder: target, node }: Place): void {
    for (let above = target; ; above = above.parent) {
      this.#fuel.pay(FUEL_PER_PARENT)
      if (above === folder) fail("inval")
      if (above.parent === above) break
    }
    if (node && node.kind !== "folder") fail("notdir")
    if (node?.kind === "folder" && node.entries.size > 0) fail("notempty")
  }

  #enter({ folder, name, node: present }: Place, node: Node): void {
    if (present || name === undefined) return fail("exist")
    if (folder.links === 0) fail("noent")
    this.#fuel.pay(FUEL_PER_ENTRY)
    this.#budget.takeEntry()
    folder.entries.set(name, { serial: (this.#lastSerial += 1), node })
    node.links += 1
    this.#touch(folder)
  }

  #leave(folder: FolderNode, name: string, node: Node): void {
    folder.entries.delete(name)
    this.#budget.giveEntryBack()
    this.#touch(folder)
    node.links -= 1
    node.times.changed = this.now
    if (node.kind === "file") this.#giveBack(node)
    else if (node.kind === "link" && node.links === 0)
      this.#budget.takeBytes(-Buffer.byteLength(node.target))
  }

  #giveBack(file: FileNode): void {
    if (file.links === 0 && file.opens === 0) resize(file, 0, this.#fuel, this.#budget)
  }

  #touch(node: Node): void {
    node.times.modified = this.now
    node.times.changed = node.times.modified
  }

  #newFolder(parent?: FolderNode): FolderNode {
    const folder = { ...this.#common(), kind: "folder", entries: new Map() } as Omit<
      FolderNode,
      "parent"
    > & { parent?: FolderNode }
    return Object.assign(folder, { parent: parent ?? (folder as FolderNode) })
  }

  #common() {
    const { now } = this
    this.#lastId += 1n
    return { id: this.#lastId, times: { accessed: now, modified: now, changed: now }, links: 0 }
  }
}
