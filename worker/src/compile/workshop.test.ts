import { execFile, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { removeAbandonedFolders } from "@outlayer/service"
import { describeWhere } from "@outlayer/testing/machine"
import { describe, expect, test } from "vitest"
import { probeBubblewrap } from "./bubblewrap.ts"
import type { Confinement } from "./confinement.ts"
import { countSleeping } from "./count-sleeping.fixture.ts"
import { createNativeConfinement } from "./native.ts"
import { listFolder, readPlainFile } from "./read-output.ts"
import { openWorkshop, type Workshop } from "./workshop.ts"

const signal = new AbortController().signal
const bubblewrap = await probeBubblewrap()
const native = await createNativeConfinement(true)
/** Of this process alone: another run of these tests may be under way. */
const seconds = `4242.${process.pid}`
const sleep = `sleep ${seconds}`
const open = (confinement: Confinement, ms = 20_000) =>
  openWorkshop(confinement, performance.now() + ms, signal)
const shell = async (workshop: Workshop, script: string) =>
  await workshop.run({
    program: "/bin/sh",
    args: ["-c", script],
    cwd: workshop.inside,
    readOnly: [],
  })

describeWhere("bwrap", bubblewrap !== undefined, () => {
  const confinement = bubblewrap ?? native
  limits(confinement)
  hidesSockets(() => confinement)

  test("a build sees its own folder and the tools, and no other file", async () => {
    await using workshop = await open(confinement)

    const { stdout } = await shell(
      workshop,
      "ls -d /* /etc/* /usr/local /var /run /root /home /tmp/* 2>/dev/null",
    )

    const seen = stdout.trim().split("\n")
    const system = ["/bin", "/build", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/usr"]
    const linker = ["/etc/alternatives", "/etc/ld.so.cache"]
    expect(seen.filter((path) => ![...system, ...linker].includes(path))).toEqual([])
  })

  test("a build has no network and no way to a server of ours", async () => {
    await using server = await listen()
    await using workshop = await open(confinement)

    const script = `(exec 3<>/dev/tcp/127.0.0.1/${server.port}) && echo reached; ls /sys/class/net 2>/dev/null; cat /proc/net/dev | grep -v lo:`
    const { stdout } = await workshop.run({
      program: "/bin/bash",
      args: ["-c", script],
      cwd: "/build",
      readOnly: [],
    })

    expect(stdout).not.toContain("reached")
    expect(stdout.trim().split("\n")).toHaveLength(2)
  })

  test("a build makes no namespaces of its own, and is under a filter", async () => {
    await using workshop = await open(confinement)

    const script = "unshare --user true 2>&1; grep ^Seccomp: /proc/self/status; (exit 7); echo $?"
    const { stdout } = await shell(workshop, script)

    expect(stdout.split(/\s+/).slice(-4, -1)).toEqual(["Seccomp:", "2", "7"])
    expect(stdout).toContain("Operation not permitted")
  })

  test("a build sees no process, no variable and no name of ours", async () => {
    await using workshop = await open(confinement)

    const { stdout } = await shell(
      workshop,
      "cat /proc/[0-9]*/environ | tr '\\0' '\\n'; uname -n; id -u; ls -d /proc/[0-9]* | wc -l",
    )

    const lines = stdout.trim().split("\n")
    expect(lines.slice(-3, -1)).toEqual(["build", "65534"])
    expect(Number(lines.at(-1))).toBeLessThan(8)
    const names = lines.slice(0, -3).map((line) => line.split("=")[0])
    const own = ["HOME", "TMPDIR", "PATH", "LC_ALL", "PWD", "SHLVL", "_", "OLDPWD"]
    expect(names.filter((name) => name !== undefined && !own.includes(name))).toEqual([])
  })

  test("a build can write nowhere but in its own folder, and not into the kernel", async () => {
    await using workshop = await open(confinement)
    const files = ["/x", "/usr/x", "/usr/bin/x", "/dev/x", "/dev/shm/x", "/etc/x", "/build/x"]
    files.push("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches")

    const writes = files.map((file) => `(: >>${file}) 2>/dev/null && echo ${file}`)
    const { stdout } = await shell(
      workshop,
      `${writes.join("; ")}; mount -t tmpfs x /build/tmp 2>&1`,
    )

    expect(stdout.split("\n").filter((line) => line.startsWith("/"))).toEqual(["/build/x"])
  })
})

describe("without bubblewrap", () => {
  limits(native)
  const isRoot = process.getuid?.() === 0
  // Another user can put nothing in the place of a file: there a worker in a TEE does not start.
  if (isRoot) hidesSockets((socket) => createNativeConfinement(true, [socket]))

  test("a build inherits no variable of ours", async () => {
    await using workshop = await open(native)

    const { stdout } = await shell(workshop, "env")

    const names = stdout
      .trim()
      .split("\n")
      .map((line) => line.split("=")[0])
    expect(new Set(names)).toEqual(new Set(["HOME", "LC_ALL", "PATH", "PWD", "TMPDIR"]))
  })

  test.runIf(isRoot)("as root, a build is nobody", async () => {
    await using workshop = await open(native)
    const key = join(workshop.folder, "..", `outlayer-key-${process.pid}`)
    await writeFile(key, "secret", { mode: 0o600 })

    const { stdout } = await shell(workshop, `id -u; cat ${key}; cat /proc/${process.pid}/environ`)

    await rm(key)
    expect(stdout).toBe("65534\n")
  })

  test.runIf(isRoot)("what a build's symlinks lead to stays whose it is", async () => {
    await using ours = await somethingOfOurs()
    await using workshop = await open(native)
    await symlink(ours.folder, join(workshop.folder, "link"))

    await shell(workshop, "exit 0")

    expect(await stat(ours.key)).toMatchObject({ uid: 0, gid: 0 })
  })
})

/** What holds behind every kind of wall. */
function limits(confinement: Confinement): void {
  test("a build that takes too long ends with all that it started", async () => {
    await using workshop = await open(confinement, 500)

    const running = shell(workshop, `(setsid ${sleep} &); (${sleep} &); ${sleep}`)

    await expect(running).rejects.toMatchObject({ code: "compile_timeout" })
    await expect.poll(() => countSleeping(seconds)).toBe(0)
  })

  test("a build leaves nobody behind when it ends by itself", async () => {
    await using workshop = await open(confinement)

    await shell(workshop, `(${sleep} >/dev/null 2>&1 &)`)

    await expect.poll(() => countSleeping(seconds)).toBe(0)
  })

  test("a build that multiplies is ended", async () => {
    await using workshop = await open(confinement)

    const running = shell(workshop, `for i in $(seq 400); do ${sleep} & done; wait`)

    await expect(running).rejects.toMatchObject({ code: "compile_failed" })
    await expect.poll(() => countSleeping(seconds)).toBe(0)
  })

  test("a build does not outlive a worker that is killed", async () => {
    const kind = confinement === native ? "native" : "bubblewrap"
    const script = fileURLToPath(new URL("sleeping-build.ts", import.meta.url))
    const worker = spawn(process.execPath, ["--no-warnings", script, kind, seconds], {
      stdio: "ignore",
    })
    await expect.poll(() => countSleeping(seconds), { timeout: 20_000 }).toBe(1)

    worker.kill("SIGKILL")

    await expect.poll(() => countSleeping(seconds)).toBe(0)
    await removeAbandonedFolders("build")
    const left = (await readdir(tmpdir())).filter((name) => name.includes(`-${worker.pid}-`))
    expect(left).toEqual([])
  })

  test("a file too large cannot be written", async () => {
    await using workshop = await open(confinement)

    const { stdout } = await shell(workshop, "truncate -s 2G tmp/large; stat -c %s tmp/large")

    expect(stdout).toBe("0\n")
  })

  test("its folder is gone afterwards, whatever its permissions", async () => {
    const workshop = await open(confinement)
    await shell(workshop, "mkdir -p tmp/a/b; touch tmp/a/b/c; chmod 000 tmp/a/b tmp/a")

    await workshop[Symbol.asyncDispose]()

    expect(existsSync(workshop.folder)).toBe(false)
  })
}

/** A server's that everybody may write to: the TEE's agent is one. */
function hidesSockets(confine: (socket: string) => Confinement | Promise<Confinement>): void {
  test.for([false, true])("no socket of this machine is reached, fetching: %s", async (isFetch) => {
    const folder = await mkdtemp(join(tmpdir(), "outlayer-test-"))
    const socket = join(folder, "agent.sock")
    const server = createServer((asked) => asked.end()).listen(socket)
    await chmod(folder, 0o755)
    await expect.poll(() => existsSync(socket)).toBe(true)
    await chmod(socket, 0o777)
    await using workshop = await open(await confine(socket))
    const node = await realpath(process.execPath)
    const script = `require("net").connect(${JSON.stringify(socket)})
      .on("connect", () => { console.log("reached"); process.exit() })
      .on("error", ({ code }) => console.log(code))`
    const root = isFetch ? workshop.folder : workshop.inside
    const step = { program: node, args: ["--eval", script], cwd: root, readOnly: [node], isFetch }

    const { stdout, stderr } = await workshop.run(step)
    const control = await promisify(execFile)(node, ["--eval", script])

    expect({ stdout, stderr }).toMatchObject({
      stdout: expect.stringMatching(/^E[A-Z]+\n$/) as string,
    })
    expect(control.stdout).toBe("reached\n")
    server.close()
    await rm(folder, { recursive: true })
  })
}

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

async function somethingOfOurs() {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-ours-"))
  const key = join(folder, "key")
  await writeFile(key, "secret", { mode: 0o600 })
  return { folder, key, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

async function listen() {
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  const close = async () => {
    server.close()
  }
  return { port: address.port, [Symbol.asyncDispose]: close }
}
