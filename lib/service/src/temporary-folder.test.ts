import { existsSync } from "node:fs"
import { mkdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { createTemporaryFolder, removeAbandonedFolders } from "./temporary-folder.ts"

const name = `sweep${process.pid}`
/** Above every pid that Linux gives. */
const NOBODY = 2 ** 22 + 1

test("what a dead process left is removed, what a living one or another container has is not", async () => {
  const own = await createTemporaryFolder(name)
  const dead = own.replace(`-${process.pid}-`, `-${NOBODY}-`)
  const foreign = join(tmpdir(), `outlayer-${name}-1-${NOBODY}-aaaaaa`)
  await Promise.all([mkdir(dead), mkdir(foreign)])

  await removeAbandonedFolders(name)

  expect([dead, foreign, own].map((path) => existsSync(path))).toEqual([false, true, true])
  await Promise.all([foreign, own].map((path) => rm(path, { recursive: true })))
})
