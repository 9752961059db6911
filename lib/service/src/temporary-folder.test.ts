import { existsSync } from "node:fs"
import { mkdir, rm, utimes } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { createTemporaryFolder, removeAbandonedFolders } from "./temporary-folder.ts"

const name = `sweep${process.pid}`
/** Above every pid that Linux gives. */
const NOBODY = 2 ** 22 + 1

test("only what is old and belongs to nobody is removed", async () => {
  const own = await createTemporaryFolder(name)
  const [old, fresh] = ["aaaaaa", "bbbbbb"].map((end) =>
    join(tmpdir(), `outlayer-${name}-${NOBODY}-${end}`),
  )
  if (old === undefined || fresh === undefined) throw new Error("unreachable")
  await Promise.all([mkdir(old), mkdir(fresh)])
  await Promise.all([old, own].map((path) => utimes(path, 0, 0)))

  await removeAbandonedFolders(name)

  expect([old, fresh, own].map((path) => existsSync(path))).toEqual([false, true, true])
  await Promise.all([fresh, own].map((path) => rm(path, { recursive: true })))
})
