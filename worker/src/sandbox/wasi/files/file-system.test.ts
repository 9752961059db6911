import { expect, test } from "vitest"
import { ChaCha20 } from "../chacha20.guest.ts"
import { VirtualClock } from "../clock.guest.ts"
import { Fuel } from "../fuel.guest.ts"
import { readContents } from "./contents.guest.ts"
import { FileError } from "./file-error.guest.ts"
import { FileSystem } from "./file-system.guest.ts"
import type { FileNode, FolderNode } from "./nodes.guest.ts"
import { Twin } from "./twin.ts"

const LIMITS = { maxBytes: 300, maxEntries: 9 }
const NAMES = ["a", "b", "c"]

test.each([1, 2, 3, 4])(
  "it does what a map of paths does, and fails where that fails (%i)",
  (seed) => {
    const draw = drawer(seed)
    const { files } = create(LIMITS)
    const twin = new Twin(LIMITS)
    const codes = new Set<string>()

    for (let step = 0; step < 1500; step += 1) {
      const [one, other] = [drawPath(draw), drawPath(draw)]
      const [offset, length] = [draw(120), draw(120)]
      const [name, real, obvious] = [
        ["create", () => files.createFile(at(files, one)), () => twin.create(one)],
        ["mkdir", () => files.createFolder(at(files, one)), () => twin.createFolder(one)],
        ["unlink", () => files.removeFile(at(files, one)), () => twin.removeFile(one)],
        ["rmdir", () => files.removeFolder(at(files, one)), () => twin.removeFolder(one)],
        [
          "link",
          () => files.addName(at(files, one), at(files, other)),
          () => twin.link(one, other),
        ],
        [
          "rename",
          () => files.rename(at(files, one), at(files, other)),
          () => twin.rename(one, other),
        ],
        ["resize", () => files.resize(file(files, one), length), () => twin.resize(one, length)],
        [
          "write",
          () => files.write(file(files, one), offset, [new Uint8Array(length).fill(step)]),
          () =>
            twin.write(
              one,
              offset,
              Array.from({ length }, () => step % 256),
            ),
        ],
      ][draw(8)] as [string, () => unknown, () => unknown]
      const told = `step ${step}: ${name} ${one} ${other} ${offset} ${length}`

      const code = codeOf(obvious)
      expect({ told, code: codeOf(real) }).toEqual({ told, code })
      expect({ told, contents: contentsOf(files.root) }).toEqual({ told, contents: twin.contents })
      codes.add(code)
    }

    const all = ["exist", "inval", "isdir", "noent", "nospc", "notdir", "notempty", "ok", "perm"]
    expect([...codes].toSorted()).toEqual(all)
  },
)

test("links are followed, also where a file is created, but not for ever", () => {
  const { files } = create()
  const folder = files.createFolder(at(files, "a"))
  files.createLink(at(files, "a/up"), "../b")
  files.createLink(at(files, "loop"), "a/../loop")

  const created = files.createFile(files.find(files.root, "a/up", true))

  expect(files.find(files.root, "b", false).node).toBe(created)
  expect(codeOf(() => files.find(files.root, "loop", true))).toBe("loop")
  expect(files.find(files.root, "loop", false).node?.kind).toBe("link")
  // From inside the folder the link leads out of it, though not out of the root.
  expect(codeOf(() => files.find(folder, "up", true))).toBe("notcapable")
})

test.each(["..", "a/../..", "/a", "a/./../../x", "out"])("%s leads out, and nowhere", (path) => {
  const { files } = create()
  files.createFolder(at(files, "a"))
  files.createLink(at(files, "out"), "a/../../etc")

  expect(codeOf(() => files.find(files.root, path, true))).toBe("notcapable")
})

test("a file without a name takes its room until it is closed, and what it had is not seen again", () => {
  const { files } = create({ maxBytes: 100, maxEntries: 2 })
  const old = files.createFile(at(files, "a"))
  files.open(old)
  files.write(old, 0, [new Uint8Array(100).fill(7)])
  files.removeFile(at(files, "a"))
  const next = files.createFile(at(files, "a"))

  expect(codeOf(() => files.resize(next, 1))).toBe("nospc")
  files.close(old)
  files.write(next, 0, [new Uint8Array(90).fill(1)])
  files.resize(next, 10)
  files.resize(next, 100)

  const bytes = new Uint8Array(100)
  expect(readContents(next, 0, [bytes])).toBe(100)
  expect(bytes.subarray(10)).toEqual(new Uint8Array(90))
})

test("nothing can be put into a folder that was removed while open", () => {
  const { files } = create()
  const gone = files.createFolder(at(files, "a"))
  files.createFile(at(files, "b"))
  files.removeFolder(at(files, "a"))

  expect(codeOf(() => files.createFile(files.find(gone, "x", false)))).toBe("noent")
  expect(codeOf(() => files.rename(at(files, "b"), files.find(gone, "x", false)))).toBe("noent")
  expect([...contentsOf(files.root).keys()]).toEqual(["b"])
})

test("nothing is written behind a file's end, and it stays as long as it was", () => {
  const { files } = create()
  const short = files.createFile(at(files, "a"))

  expect(files.write(short, 1000, [new Uint8Array(0)])).toBe(0)
  expect(short.size).toBe(0)
})

test("what a file grows by is paid for before it grows", () => {
  const { files, fuel } = create(undefined, 100_000n)
  const grown = files.createFile(at(files, "a"))
  const before = fuel.used

  files.resize(grown, 8000)
  expect(fuel.used - before).toBe(1000n)
  expect(() => files.resize(grown, 60_000_000)).toThrow("fuel")
  expect(grown.size).toBe(8000)
})

function create(limits?: typeof LIMITS, fuelLimit = 10n ** 12n) {
  const left = new WebAssembly.Global({ value: "i64", mutable: true }, fuelLimit)
  const fuel = new Fuel(left, fuelLimit)
  return { files: new FileSystem(fuel, new VirtualClock(0n, fuel), limits), fuel }
}

function at(files: FileSystem, path: string) {
  return files.find(files.root, path, false)
}

function file(files: FileSystem, path: string): FileNode {
  const { node } = at(files, path)
  if (node?.kind === "file") return node
  throw new FileError(node ? "isdir" : "noent")
}

type Contents = [path: string, bytes: number[] | "folder"]

function contentsOf(folder: FolderNode): Map<string, Contents[1]> {
  return new Map(listed(folder, "").toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function listed(folder: FolderNode, above: string): Contents[] {
  return [...folder.entries].flatMap(([name, { node }]): Contents[] => {
    const path = `${above}${name}`
    if (node.kind === "folder") return [[path, "folder"], ...listed(node, `${path}/`)]
    if (node.kind === "link") return []
    return [[path, [...node.storage.subarray(0, node.size)]]]
  })
}

function codeOf(act: () => unknown): string {
  try {
    act()
    return "ok"
  } catch (error) {
    if (error instanceof FileError) return error.code
    throw error
  }
}

function drawer(seed: number): (below: number) => number {
  const stream = new ChaCha20(new Uint8Array(32).fill(seed))
  const byte = new Uint8Array(1)
  return (below) => {
    stream.fill(byte)
    return (byte[0] ?? 0) % below
  }
}

function drawPath(draw: (below: number) => number): string {
  return Array.from({ length: 1 + draw(3) }, () => NAMES[draw(NAMES.length)]).join("/")
}
