/** The command behind `npm start`, as a process of its own: how it ends, and what it leaves. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { expect, test as base } from "vitest"

const MAIN = fileURLToPath(new URL("../lib/stack/src/main.ts", import.meta.url))
/** From the first sign of an end until nothing is left: what is starting gets up first. */
const END = { timeout: 120_000, interval: 50 }

const test = base.extend("start", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-test-"))
  const children: ChildProcess[] = []
  onCleanup(async () => {
    for (const child of children) child.kill("SIGKILL")
    await rm(folder, { recursive: true, force: true })
  })
  return (...args: string[]) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    })
    children.push(child)
    const lines: string[] = []
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line))
    const shows = (text: string) =>
      expect.poll(() => lines.some((line) => line.includes(text)), LATEST).toBe(true)
    // Not its exit, before which its last words may still be on their way to us.
    return { child, lines, folder, shows, ended: once(child, "close") }
  }
})
const LATEST = { timeout: 400_000, interval: 10 }

test("with --once it ends with code 0 after the right answer, and leaves nothing", async ({
  start,
}) => {
  const { lines, folder, ended } = start("--once")
  const [code] = await ended

  expect(code).toBe(0)
  expect(lines.join("\n")).toMatch(/the callback received {2}\{"random_number":\d+\}/)
  expect(await readdir(folder)).toEqual([])
})

test.for(["starting the coordinator", "cloning and compiling", "Everything stays up"])(
  "Ctrl-C after '%s' ends all that was started",
  async (moment, { start }) => {
    const { child, shows, folder, ended } = start()
    await shows(moment)
    const left = await watchRemains(child, folder)

    child.kill("SIGINT")

    await expect.poll(left, END).toEqual([])
    expect(await ended).toEqual([moment === "Everything stays up" ? 0 : 130, null])
  },
)

test.for(["cloning and compiling", "Everything stays up"])(
  "SIGKILL after '%s' leaves no process and no folder",
  async (moment, { start }) => {
    const { child, shows, folder } = start()
    await shows(moment)
    const left = await watchRemains(child, folder)

    child.kill("SIGKILL")

    await expect.poll(left, END).toEqual([])
  },
)

/** What there still is of `child`, its descendants, their sessions, and their folders. */
async function watchRemains({ pid }: ChildProcess, folder: string) {
  const family = new Set([pid])
  const sessions = new Set<number>()
  const own = Number((await readStat("self"))?.session)
  // Parents come before their children, but for numbers that began anew.
  for (let before = 0; before < family.size;) {
    before = family.size
    for (const process of await readProcesses()) {
      if (!family.has(process.parent) && !family.has(process.pid)) continue
      family.add(process.pid)
      if (process.session !== own) sessions.add(process.session)
    }
  }
  expect(family.size).toBeGreaterThan(3)
  const commands = await Promise.all([...family].map((id) => readCommand(id)))
  const servers = commands.flatMap((text) => text.match(/\/tmp\/outlayer-(pg|redis)-\w+/g) ?? [])
  expect(servers).not.toEqual([])

  return async () => {
    const alive = (await readProcesses()).filter(
      (process) => family.has(process.pid) || sessions.has(process.session),
    )
    const names = await Promise.all(alive.map((process) => readCommand(process.pid)))
    return [...names, ...(await readdir(folder)), ...servers.filter((path) => existsSync(path))]
  }
}

async function readProcesses() {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name))
  return (await Promise.all(pids.map((pid) => readStat(pid)))).filter((stat) => stat !== undefined)
}

/** proc_pid_stat(5): what follows the name in parentheses is state, parent, group, session. */
async function readStat(pid: string) {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined)
  if (text === undefined) return undefined
  const [state, parent, , session] = text.slice(text.lastIndexOf(")") + 2).split(" ")
  // A zombie waits for whoever inherited it, and holds nothing.
  if (state === "Z") return undefined
  return { pid: Number.parseInt(text, 10), parent: Number(parent), session: Number(session) }
}

async function readCommand(pid: number | undefined): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")
  return text.replaceAll("\0", " ").trim()
}
