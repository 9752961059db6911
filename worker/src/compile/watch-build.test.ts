import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test as base } from "vitest"
import { watchBuild } from "./watch-build.ts"

const ample = { processes: 100, residentBytes: 2 ** 40, diskBytes: 2 ** 40 }

const test = base
  .extend("folder", async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), "outlayer-test-"))
    onCleanup(() => rm(folder, { recursive: true }))
    return folder
  })
  .extend("start", ({}, { onCleanup }) => {
    const children: ChildProcess[] = []
    onCleanup(() => {
      for (const { pid } of children) if (pid) process.kill(-pid, "SIGKILL")
    })
    return (script: string): number => {
      const child = spawn("/bin/sh", ["-c", script], { detached: true, stdio: "ignore" })
      children.push(child)
      return child.pid ?? 0
    }
  })

test("a build within its bounds goes on", async ({ folder, start }) => {
  const watch = watchBuild(folder, ample)
  const pid = start("sleep 3600 & sleep 3600; exit")

  for (let look = 0; look < 16; look += 1) expect(await watch(pid)).toBeUndefined()
})

test("processes are counted through all generations", async ({ folder, start }) => {
  const watch = watchBuild(folder, { ...ample, processes: 4 })
  const pid = start("sh -c 'sh -c \"sleep 3600; exit\"; exit' & sleep 3600 & sleep 3600; exit")

  await expect.poll(() => watch(pid)).toBe("processes")
})

test("memory is that of all processes together", async ({ folder, start }) => {
  const watch = watchBuild(folder, { ...ample, residentBytes: 60 * 1024 * 1024 })
  const hold = "(head -c 40000000 /dev/zero; sleep 3600) | tail -c 40000000"
  const pid = start(`${hold} & ${hold}; exit`)

  await expect.poll(() => watch(pid)).toBe("memory")
})

test("disk is what lies in its folder", async ({ folder, start }) => {
  const watch = watchBuild(folder, { ...ample, diskBytes: 1000 })
  const pid = start("sleep 3600; exit")
  await writeFile(join(folder, "file"), "x".repeat(1001))

  await expect.poll(() => watch(pid)).toBe("disk")
})
