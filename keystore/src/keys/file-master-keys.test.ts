import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Secret } from "@outlayer/service"
import { afterEach, beforeEach, expect, test } from "vitest"
import { openFileMasterKeys } from "./file-master-keys.ts"

const passphrase = new Secret("correct horse battery staple")
let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "outlayer-master-"))
  path = join(folder, "master.json")
})

afterEach(() => rm(folder, { recursive: true }))

test("the file is made once, for its owner alone, and gives the same keys again", async () => {
  const first = await openFileMasterKeys(path, passphrase)
  const again = await openFileMasterKeys(path, passphrase)

  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await again.read(1)).toEqual(await first.read(1))
  expect(await again.read(2)).not.toEqual(await first.read(1))
  expect((await first.read(1)).length).toBe(32)
  const content = await readFile(path, "utf8")
  expect(content).not.toContain(Buffer.from(await first.read(1)).toString("hex"))
})

test("it opens with its passphrase alone, and not when others may read it", async () => {
  await openFileMasterKeys(path, passphrase)

  await expect(openFileMasterKeys(path, new Secret("another passphrase"))).rejects.toThrow(
    "does not open with this passphrase",
  )
  await chmod(path, 0o640)
  await expect(openFileMasterKeys(path, passphrase)).rejects.toThrow("chmod 600")
})
