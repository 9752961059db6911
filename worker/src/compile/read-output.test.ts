import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { listFolder, readPlainFile } from "./read-output.ts"

describe("what a build leaves is read with care", () => {
  const folderTest = test.extend("folder", async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), "outlayer-test-"))
    onCleanup(() => rm(folder, { recursive: true }))
    return folder
  })

  folderTest("a plain file is read, up to its bound", async ({ folder }) => {
    await writeFile(join(folder, "file"), "four")

    expect(await readPlainFile(folder, "file", 4)).toEqual(await readFile(join(folder, "file")))
    expect(await readPlainFile(folder, "file", 3)).toBeUndefined()
    expect(await readPlainFile(folder, "nothing", 4)).toBeUndefined()
    expect(await readPlainFile(folder, ".", 4)).toBeUndefined()
  })

  folderTest("a symlink is not followed, be it the file or a folder", async ({ folder }) => {
    await mkdir(join(folder, "real"))
    await writeFile(join(folder, "real/file"), "four")
    await symlink(join(folder, "real/file"), join(folder, "link"))
    await symlink(join(folder, "real"), join(folder, "way"))

    expect(await readPlainFile(folder, "link", 4)).toBeUndefined()
    expect(await readPlainFile(folder, "way/file", 4)).toBeUndefined()
    expect(await listFolder(folder, "way")).toEqual([])
    expect(await listFolder(folder, "real")).toEqual(["file"])
  })
})
