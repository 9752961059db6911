/** preview2-shim, which others wrote and run against wasmtime's tests, as the oracle of our preview 2. */
import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import type { Interface } from "./guard.guest.ts"
import { createHost } from "./host.fixture.ts"
import {
  type Attempt,
  attempt,
  type Descriptor,
  drawer,
  makeFolder,
  rootOf,
  shimOver,
} from "./oracle.fixture.ts"
import { createPreview2 } from "./preview2.guest.ts"

const folder = makeFolder()
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
