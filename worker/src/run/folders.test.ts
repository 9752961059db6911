import { execFileSync } from "node:child_process"
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test as base } from "vitest"
import type { Files } from "../sandbox/sandbox.ts"
import { mountFolders } from "./folders.ts"
import { readFolder } from "./read-folder.ts"
import { writeFolder } from "./write-folder.ts"

/** `inside` is the guest's, and beside it there is a file that is nobody's business. */
const test = base.extend("home", async ({}, { onCleanup }) => {
  const home = await mkdtemp(join(tmpdir(), "outlayer-run-"))
  onCleanup(() => rm(home, { recursive: true, force: true }))
  await mkdir(join(home, "inside/sub"), { recursive: true })
  await writeFile(join(home, "outside.txt"), "outside")
  return home
})

const text = (words: string) => Buffer.from(words)

test("files come as they are, links as links, and what is no file stays away", async ({ home }) => {
  const inside = join(home, "inside")
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
  await writeFile(join(inside, "sub/all bytes"), bytes)
  await symlink("../../outside.txt", join(inside, "sub/out"))
  execFileSync("mkfifo", [join(inside, "pipe")])
  await writeFile(Buffer.concat([text(`${inside}/`), Buffer.from([0xff])]), "no text")

  const { files, leftOut } = await readFolder(inside)

  expect(Object.keys(files).toSorted()).toEqual(["sub/", "sub/all bytes", "sub/out"])
  expect(files["sub/all bytes"]).toEqual(Buffer.from(bytes))
  expect(files["sub/out"]).toEqual({ link: "../../outside.txt" })
  expect(leftOut.toSorted()).toEqual(["pipe", "\ufffd"])
})

test("what changed is written, what is gone is removed, the rest is not touched", async ({
  home,
}) => {
  const inside = join(home, "inside")
  for (const name of ["same", "changed", "gone", "sub/gone"])
    await writeFile(join(inside, name), name)
  await utimes(join(inside, "same"), 1, 1)
  const before = (await readFolder(inside)).files

  const problems = await writeFolder(inside, before, {
    same: text("same"),
    changed: text("new"),
    "new/": text(""),
    "new/deep/": text(""),
    "new/deep/file": text("\0\xff"),
    "new/link": { link: "deep/file" },
  })

  expect(problems).toEqual([])
  const names = (await readdir(inside, { recursive: true })).toSorted()
  expect(names).toEqual(["changed", "new", "new/deep", "new/deep/file", "new/link", "same"])
  expect(await readFile(join(inside, "changed"), "utf8")).toBe("new")
  expect(await readFile(join(inside, "new/link"), "utf8")).toBe("\0\xff")
  expect((await lstat(join(inside, "same"))).mtimeMs).toBe(1_000)
})

test("a folder that the guest removed stays where it holds what the guest never saw", async ({
  home,
}) => {
  const inside = join(home, "inside")
  const before = (await readFolder(inside)).files
  await writeFile(join(inside, "sub/later"), "later")

  expect(await writeFolder(inside, before, {})).toEqual([])
  expect(await readFile(join(inside, "sub/later"), "utf8")).toBe("later")
})

test("a file may become a folder and a folder a file", async ({ home }) => {
  const inside = join(home, "inside")
  await writeFile(join(inside, "a"), "a")
  const before = (await readFolder(inside)).files

  const after = { "a/": text(""), "a/b": text("b"), sub: text("file") }
  expect(await writeFolder(inside, before, after)).toEqual([])

  expect(await readFile(join(inside, "a/b"), "utf8")).toBe("b")
  expect(await readFile(join(inside, "sub"), "utf8")).toBe("file")
})

test.for<[what: string, after: Files]>([
  ["through a link that is there", { "way/outside.txt": text("!"), "way/": text("") }],
  ["through a link to a file", { here: text("!") }],
  ["by a link upwards", { "sub/": text(""), "sub/l": { link: "../../outside.txt" } }],
  ["by an absolute link", { l: { link: "/etc/passwd" } }],
  ["by a link that turns", { l: { link: "sub/../../outside.txt" } }],
  ["through a link of its own", { l: { link: ".." }, "l/outside.txt": text("!") }],
])("no guest gets out of its folder %s", async ([, after], { home }) => {
  const inside = join(home, "inside")
  await symlink("..", join(inside, "way"))
  await symlink("../outside.txt", join(inside, "here"))

  // As if the links had come after the folder was read.
  const problems = await writeFolder(inside, {}, after)

  expect(problems.length).toBeGreaterThan(0)
  expect(await readFile(join(home, "outside.txt"), "utf8")).toBe("outside")
  expect(await readdir(home)).toEqual(["inside", "outside.txt"])
  for (const name of ["l", "sub/l"])
    expect(await readlink(join(inside, name)).catch(() => "")).toBe("")
})

test("links that stay inside are made, also upwards", async ({ home }) => {
  const inside = join(home, "inside")
  const after = { "sub/": text(""), a: text("a"), "sub/up": { link: "../a" }, b: { link: "./a" } }

  expect(await writeFolder(inside, { "sub/": text("") }, after)).toEqual([])

  expect(await readFile(join(inside, "sub/up"), "utf8")).toBe("a")
  expect(await readlink(join(inside, "b"))).toBe("./a")
})

test("a pipe in the place of a file is not waited for", async ({ home }) => {
  const inside = join(home, "inside")
  execFileSync("mkfifo", [join(inside, "file")])

  expect(await writeFolder(inside, {}, { file: text("x") })).toHaveLength(1)
})

test("two folders: each gets what is below its own place", async ({ home }) => {
  await mkdir(join(home, "second"))
  await writeFile(join(home, "second/s"), "s")
  const mounted = await mountFolders([
    { host: join(home, "inside"), guest: "" },
    { host: join(home, "second"), guest: "data/two/" },
  ])
  expect(Object.keys(mounted.files ?? {}).toSorted()).toEqual(["data/two/", "data/two/s", "sub/"])

  const problems = await mounted.writeBack({
    "sub/": text(""),
    "data/": text(""),
    "data/two/": text(""),
    "data/two/t": text("t"),
    "data/x": text("x"),
  })

  expect(problems).toEqual([])
  expect(await readdir(join(home, "second"))).toEqual(["t"])
  expect(await readFile(join(home, "inside/data/x"), "utf8")).toBe("x")
})
