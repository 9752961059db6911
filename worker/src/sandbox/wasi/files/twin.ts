/** For tests: a file system without a tree, slow and obvious. */
import { fail } from "./file-error.guest.ts"

type Thing = "folder" | { bytes: number[] }

export class Twin {
  readonly #things = new Map<string, Thing>()
  readonly #limits: { maxBytes: number; maxEntries: number }

  constructor(limits: { maxBytes: number; maxEntries: number }) {
    this.#limits = limits
  }

  create(path: string): void {
    this.#enter(path, { bytes: [] })
  }

  createFolder(path: string): void {
    this.#enter(path, "folder")
  }

  removeFile(path: string): void {
    if (this.#find(path) === "folder") fail("isdir")
    this.#things.delete(path)
  }

  removeFolder(path: string): void {
    if (this.#find(path) !== "folder") fail("notdir")
    if (this.#below(path).length > 0) fail("notempty")
    this.#things.delete(path)
  }

  link(from: string, to: string): void {
    this.#checkParents(from)
    this.#checkParents(to)
    const thing = this.#find(from)
    if (thing === "folder") fail("perm")
    this.#enter(to, thing)
  }

  rename(from: string, to: string): void {
    this.#checkParents(from)
    this.#checkParents(to)
    const thing = this.#find(from)
    const present = this.#things.get(to)
    if (from === to || (thing === present && thing !== "folder")) return
    if (thing === "folder") {
      if (to.startsWith(`${from}/`)) fail("inval")
      if (present && present !== "folder") fail("notdir")
      if (this.#below(to).length > 0) fail("notempty")
    } else if (present === "folder") {
      fail("isdir")
    }
    const moved = [...this.#things].filter(([path]) => `${path}/`.startsWith(`${from}/`))
    for (const [path] of moved) this.#things.delete(path)
    for (const [path, each] of moved) this.#things.set(to + path.slice(from.length), each)
  }

  write(path: string, offset: number, bytes: readonly number[]): void {
    const file = this.#file(path)
    if (bytes.length === 0) return
    this.resize(path, Math.max(file.bytes.length, offset + bytes.length))
    file.bytes.splice(offset, bytes.length, ...bytes)
  }

  resize(path: string, size: number): void {
    const file = this.#file(path)
    const files = new Set([...this.#things.values()].filter((thing) => thing !== "folder"))
    const others = [...files].reduce((sum, { bytes }) => sum + bytes.length, 0) - file.bytes.length
    if (size > file.bytes.length && others + size > this.#limits.maxBytes) fail("nospc")
    file.bytes = Array.from({ length: size }, (_, index) => file.bytes[index] ?? 0)
  }

  get contents(): Map<string, number[] | "folder"> {
    const all = [...this.#things].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return new Map(all.map(([path, thing]) => [path, thing === "folder" ? thing : thing.bytes]))
  }

  #enter(path: string, thing: Thing): void {
    this.#checkParents(path)
    if (this.#things.has(path)) fail("exist")
    if (this.#things.size === this.#limits.maxEntries) fail("nospc")
    this.#things.set(path, thing)
  }

  #file(path: string): { bytes: number[] } {
    const thing = this.#find(path)
    return thing === "folder" ? fail("isdir") : thing
  }

  #find(path: string): Thing {
    this.#checkParents(path)
    return this.#things.get(path) ?? fail("noent")
  }

  #below(path: string): string[] {
    return [...this.#things.keys()].filter((other) => other.startsWith(`${path}/`))
  }

  #checkParents(path: string): void {
    const names = path.split("/").slice(0, -1)
    for (const [index] of names.entries()) {
      const thing = this.#things.get(names.slice(0, index + 1).join("/")) ?? fail("noent")
      if (thing !== "folder") fail("notdir")
    }
  }
}
