import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, expect, test } from "vitest"
import { coldBuildMs, fixture } from "./fixture.ts"
import { buildContract } from "./index.ts"

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

test(
  "the same sources give the same bytes in another place, and say nothing of either",
  async () => {
    const here = await buildContract(fixture("counter"))
    const there = await buildContract(copyOf("counter"))

    expect(Buffer.from(there).equals(here)).toBe(true)
    expect(Buffer.from(here).includes(dirname(dirname(fixture("counter"))))).toBe(false)
  },
  coldBuildMs,
)

function copyOf(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "outlayer-contract-"))
  folders.push(folder)
  writeFileSync(join(folder, "package.json"), '{ "name": "@outlayer/toolchain" }')
  symlinkSync(
    fileURLToPath(new URL("../node_modules", import.meta.url)),
    join(folder, "node_modules"),
  )
  const copy = join(folder, "fixtures", `${name}.ts`)
  cpSync(fixture(name), copy)
  return copy
}
