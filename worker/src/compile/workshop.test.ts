import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { readdir, stat, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { removeAbandonedFolders } from "@outlayer/service"
import { describe, expect, test } from "vitest"
import { countSleeping } from "./count-sleeping.fixture.ts"
import { kinds, openBehind, openKey, shell } from "./walls.fixture.ts"

const isRoot = process.getuid?.() === 0
/** Of this process alone: another run of these tests may be under way. */
const seconds = `4242.${process.pid}`
const sleep = `sleep ${seconds}`

/** What holds behind every kind of wall. */
describe.for(kinds)("%s", (kind) => {
  const open = (ms?: number) => openBehind(kind, ms)

  test("a build that takes too long ends with all that it started", async () => {
    await using workshop = await open(500)

    const running = shell(workshop, `(setsid ${sleep} &); (${sleep} &); ${sleep}`)

    await expect(running).rejects.toMatchObject({ code: "compile_timeout" })
    await expect.poll(() => countSleeping(seconds)).toBe(0)
  })

  test("a build leaves nobody behind when it ends by itself", async () => {
    await using workshop = await open()

    await shell(workshop, `(${sleep} >/dev/null 2>&1 &)`)

    await expect.poll(() => countSleeping(seconds)).toBe(0)
  })

  test("a build that multiplies is ended", async () => {
    await using workshop = await open()

    const running = shell(workshop, `for i in $(seq 400); do ${sleep} & done; wait`)

    await expect(running).rejects.toMatchObject({ code: "compile_failed" })
    await expect.poll(() => countSleeping(seconds)).toBe(0)
  })

  test("a build does not outlive a worker that is killed", async () => {
    const script = fileURLToPath(new URL("sleeping-build.ts", import.meta.url))
    const worker = spawn(process.execPath, ["--no-warnings", script, kind, seconds], {
      stdio: "ignore",
    })
    await expect.poll(() => countSleeping(seconds)).toBe(1)

    // Until we have heard of its end it is a zombie, which counts as alive.
    const ended = once(worker, "exit")
    worker.kill("SIGKILL")

    await ended
    await expect.poll(() => countSleeping(seconds)).toBe(0)
    await removeAbandonedFolders("build")
    const left = (await readdir(tmpdir())).filter((name) => name.includes(`-${worker.pid}-`))
    expect(left).toEqual([])
  })

  test("a file too large cannot be written", async () => {
    await using workshop = await open()

    const { stdout } = await shell(workshop, "truncate -s 2G tmp/large; stat -c %s tmp/large")

    expect(stdout).toBe("0\n")
  })

  test("its folder is gone afterwards, whatever its permissions", async () => {
    const workshop = await open()
    await shell(workshop, "mkdir -p tmp/a/b; touch tmp/a/b/c; chmod 000 tmp/a/b tmp/a")

    await workshop[Symbol.asyncDispose]()

    expect(existsSync(workshop.folder)).toBe(false)
  })

  test("a build inherits no variable of ours", async () => {
    await using workshop = await open()

    const { stdout } = await shell(workshop, "env")

    const names = stdout
      .trim()
      .split("\n")
      .map((line) => line.split("=")[0])
    expect(new Set(names)).toEqual(new Set(["HOME", "LC_ALL", "PATH", "PWD", "TMPDIR"]))
  })
})

describe.runIf(isRoot)("as root, without bubblewrap", () => {
  test.for(kinds.filter((kind) => kind !== "bubblewrap"))("a build is nobody: %s", async (kind) => {
    await using ours = await openKey()
    await using workshop = await openBehind(kind)

    const script = `id -u; cat ${ours.key}; cat /proc/${process.pid}/environ`
    const { stdout } = await shell(workshop, script)

    expect(stdout).toBe("65534\n")
  })

  test.for(kinds)("what a build's symlinks lead to stays whose it is: %s", async (kind) => {
    await using ours = await openKey()
    await using workshop = await openBehind(kind)
    await symlink(ours.folder, join(workshop.folder, "link"))

    await shell(workshop, "exit 0")

    expect(await stat(ours.key)).toMatchObject({ uid: 0, gid: 0 })
  })
})
