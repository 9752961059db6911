/** preview2-shim, which others wrote and run against wasmtime's tests, as the oracle of our preview 2. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation"
import { afterAll, describe, expect, test } from "vitest"
import type { Interface } from "./guard.guest.ts"
import { createHost } from "./host.fixture.ts"
import { createPreview2 } from "./preview2.guest.ts"

type Interfaces = Record<string, Record<string, unknown>>

const folder = mkdtempSync(join(tmpdir(), "outlayer-oracle-"))
afterAll(() => rmSync(folder, { recursive: true }))
const theirs = shimOver(folder)

/** Not preview 2's core; and sockets, of which none can be had here. */
const ELSEWHERE = /^wasi:(?:http|sockets)\//

describe("all that theirs has, ours has", () => {
  const ours: Record<string, Interface> = createPreview2(createHost().host)

  test.for(Object.keys(theirs).filter((name) => !ELSEWHERE.test(name)))("%s", (name) => {
    const [one = {}, other = {}] = [theirs[name], ours[name]]

    expect(membersOf(other)).toEqual(expect.arrayContaining(membersOf(one).filter(isOfWasi)))
  })
})

test("what a program is started with", () => {
  const ours = createPreview2(createHost().host)["wasi:cli/environment"]
  const { getEnvironment, getArguments } = theirs["wasi:cli/environment"] ?? {}

  expect(attempt(ours?.["getEnvironment"])).toEqual(attempt(getEnvironment))
  expect(attempt(ours?.["getArguments"])).toEqual(attempt(getArguments))
})

describe("files", () => {
  test.for([1, 2, 3, 4, 5, 6, 7, 8])("three hundred steps at random, script %i", (seed) => {
    const ourRoot = rootOf(createPreview2(createHost().host))
    const theirRoot = rootOf(shimOver(mkdtempSync(join(folder, "script-"))))
    const draw = drawer(seed)

    for (let step = 0; step < 300; step += 1) {
      const act = drawStep(draw)
      const [ours, expected] = [attempt(() => act.run(ourRoot)), attempt(() => act.run(theirRoot))]
      const gives = isEitherFault(ours, expected) ? expected : ours
      expect({ step, what: act.what, gives }).toEqual({ step, what: act.what, gives: expected })
    }
  })
})

/** Where two things are wrong at once, which one is said first is nobody's rule. */
const EITHER = [
  ["exist", "not-permitted"],
  ["no-entry", "not-directory"],
  ["is-directory", "not-empty"],
]

function isEitherFault(...results: Attempt[]): boolean {
  const codes = results.map(({ error }) => String(error)).toSorted()
  return EITHER.some((pair) => pair.join() === codes.join())
}

function shimOver(root: string): Interfaces {
  const sandbox = { preopens: { "/": root }, env: { NAME: "value" }, args: ["guest.wasm", "one"] }
  return new WASIShim({ sandbox }).getImportObject() as unknown as Interfaces
}

interface Descriptor {
  createDirectoryAt(path: string): void
  removeDirectoryAt(path: string): void
  unlinkFileAt(path: string): void
  renameAt(from: string, to: Descriptor, path: string): void
  linkAt(flags: object, from: string, to: Descriptor, path: string): void
  symlinkAt(target: string, path: string): void
  readlinkAt(path: string): string
  openAt(flags: object, path: string, open: object, descriptor: object): Descriptor
  statAt(flags: object, path: string): { type: string; size: bigint }
  stat(): { type: string; size: bigint }
  read(length: bigint, offset: bigint): [Uint8Array, boolean]
  write(bytes: Uint8Array, offset: bigint): bigint
  setSize(size: bigint): void
  getType(): string
  isSameObject(other: Descriptor): boolean
  readDirectory(): { readDirectoryEntry(): { name: string; type: string } | undefined }
  [Symbol.dispose]?(): void
}

function rootOf(interfaces: Record<string, object>): Descriptor {
  const preopens = interfaces["wasi:filesystem/preopens"] as {
    getDirectories(): [Descriptor, string][]
  }
  const [first] = preopens.getDirectories()
  if (!first) throw new Error("no folder")
  return first[0]
}

/** Without `..`, which theirs takes away from paths before it looks at what is there. */
const NAMES = ["a", "b", "c", "d", "d/a", "d/b", "e", "e/f", "e/f/a", "a/b", "x", "./a"]

interface Step {
  what: string
  run(root: Descriptor): unknown
}

function drawStep(draw: (below: number) => number): Step {
  const pick = <T>(list: readonly T[]) => list[draw(list.length)] as T
  const path = pick(NAMES)
  const other = pick(NAMES)
  const flags = { symlinkFollow: draw(2) === 1 }
  const steps: Step[] = [
    { what: `mkdir ${path}`, run: (root) => root.createDirectoryAt(path) },
    { what: `rmdir ${path}`, run: (root) => root.removeDirectoryAt(path) },
    { what: `unlink ${path}`, run: (root) => root.unlinkFileAt(path) },
    { what: `rename ${path} ${other}`, run: (root) => root.renameAt(path, root, other) },
    { what: `link ${path} ${other}`, run: (root) => root.linkAt({}, path, root, other) },
    { what: `readlink ${path}`, run: (root) => root.readlinkAt(path) },
    { what: `list ${path}`, run: (root) => list(root, path) },
    {
      what: `stat ${path} ${flags.symlinkFollow}`,
      run: (root) => sizeAndType(root.statAt(flags, path)),
    },
    writes(draw, path),
    writes(draw, path),
    writes(draw, path),
  ]
  return pick(steps)
}

function writes(draw: (below: number) => number, path: string): Step {
  const open = { create: draw(2) === 1, exclusive: draw(4) === 0, truncate: draw(4) === 0 }
  const bytes = new Uint8Array(draw(20)).fill(draw(256))
  const offset = BigInt(draw(30))
  return {
    what: `write ${path} ${JSON.stringify(open)} ${bytes.length} at ${offset}`,
    run(root) {
      const file = root.openAt({ symlinkFollow: true }, path, open, { read: true, write: true })
      try {
        const written = file.write(bytes, offset)
        const [read, isEnd] = file.read(100n, 0n)
        return [written, Buffer.from(read).toString("hex"), isEnd, sizeAndType(file.stat())]
      } finally {
        file[Symbol.dispose]?.()
      }
    },
  }
}

function list(root: Descriptor, path: string): string[] {
  const opened = root.openAt({}, path, { directory: true }, { read: true })
  const entries = opened.readDirectory()
  const names: string[] = []
  for (let entry = entries.readDirectoryEntry(); entry; entry = entries.readDirectoryEntry())
    names.push(`${entry.name} ${entry.type}`)
  opened[Symbol.dispose]?.()
  return names.toSorted()
}

function sizeAndType({ type, size }: { type: string; size: bigint }) {
  return type === "directory" ? [type] : [type, size]
}

interface Attempt {
  ok?: unknown
  error?: unknown
}

function attempt(work: unknown): Attempt {
  try {
    return { ok: (work as () => unknown)() }
  } catch (error) {
    const payload =
      typeof error === "object" && error !== null && "payload" in error ? error.payload : error
    return { error: payload instanceof Error ? payload.message : payload }
  }
}

function drawer(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function membersOf(functions: object): string[] {
  return Object.entries(functions).flatMap(([name, value]: [string, unknown]) =>
    typeof value === "function" && /^[A-Z]/.test(name)
      ? Object.getOwnPropertyNames(value.prototype).map((method) => `${name}.${method}`)
      : [name],
  )
}

/** Theirs has helpers of its own among them. */
function isOfWasi(member: string): boolean {
  return !/_|constructor|Symbol/.test(member)
}
