import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, test as plain } from "vitest"
import { refuseSymlinks } from "./refuse-symlinks.ts"

const test = plain.extend("source", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-test-"))
  onCleanup(() => rm(folder, { recursive: true }))
  const source = join(folder, "source")
  await mkdir(join(source, "sub/deep"), { recursive: true })
  await writeFile(join(source, "file"), "")
  return source
})

type Links = Record<string, string>

test.for<[string, Links]>([
  ["a file beside it", { link: "file" }],
  ["a folder above it", { "sub/deep/link": "../.." }],
  ["another symlink", { one: "sub/two", "sub/two": "../file" }],
  ["nothing", { link: "gone/too" }],
  ["itself", { one: "two", two: "one" }],
])("a symlink that leads to %s is fine", async ([, links], { source }) => {
  await lay(source, links)

  await expect(refuseSymlinks(source)).resolves.toBeUndefined()
})

test.for<[string, Links]>([
  ["an absolute path", { link: "/etc/passwd" }],
  ["an absolute path, deep inside", { "sub/deep/Cargo.toml": "/root/.near-credentials/key" }],
  ["where the source would lie", { link: "/build/source/file" }],
  ["the folder above", { "sub/link": "../.." }],
  ["a file above", { link: "../source.json" }],
  ["and back in again", { link: "../source/file" }],
  ["by what is not there", { link: "gone/../../x" }],
  // By its letters alone `link` ends in `sub`, and `up` at the root.
  ["by another symlink", { "sub/up": "..", link: "sub/up/../x" }],
  ["by a chain", { one: "two/../x", two: "sub/three", "sub/three": ".." }],
])("a symlink that leads to %s is the repository's fault", async ([, links], { source }) => {
  await lay(source, links)

  await expect(refuseSymlinks(source)).rejects.toMatchObject({ code: "compile_failed" })
})

async function lay(source: string, links: Links): Promise<void> {
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(source, path)), { recursive: true })
    await symlink(target, join(source, path))
  }
}
