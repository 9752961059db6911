/** The command behind `npm start`, as a process of its own: how it ends, and what it leaves. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { environment } from "@outlayer/testing/machine"
import { JsonRpcProvider } from "near-api-js"
import { expect, test as base } from "vitest"

import { type Running, watchLeaks } from "./leaks/watch-leaks.ts"

const MAIN = fileURLToPath(new URL("../lib/stack/src/main.ts", import.meta.url))
const LOCAL_POSTGRES = "postgres://postgres@localhost:5432/postgres"
const HOSTILE = fileURLToPath(new URL("hostile/main.ts", import.meta.url))
/** From the first sign of an end until nothing is left: what is starting gets up first. */
const END = { timeout: 120_000, interval: 50 }

const test = base
  .extend("start", async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), "outlayer-test-"))
    const children: ChildProcess[] = []
    onCleanup(async () => {
      for (const child of children) child.kill("SIGKILL")
      await rm(folder, { recursive: true, force: true })
    })
    return (args: string[] = [], env: NodeJS.ProcessEnv = {}) => {
      const child = spawn(process.execPath, [MAIN, ...args], {
        env: { ...process.env, TMPDIR: folder, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      })
      children.push(child)
      const lines: string[] = []
      for (const input of [child.stdout, child.stderr]) {
        createInterface({ input }).on("line", (line) => lines.push(line))
      }
      const shows = (text: string) =>
        expect.poll(() => lines, LATEST).toContainEqual(expect.stringContaining(text))
      // Not its exit, before which its last words may still be on their way to us.
      return { child, lines, folder, shows, ended: once(child, "close") }
    }
  })
  .extend("kept", async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), "outlayer-test-"))
    onCleanup(() => rm(folder, { recursive: true, force: true }))
    return folder
  })
const LATEST = { timeout: 400_000, interval: 10 }

test("with --once it ends with code 0 after the right answer, and leaves nothing", async ({
  start,
}) => {
  const { lines, folder, ended } = start(["--once"])
  const [code] = await ended

  expect(code).toBe(0)
  expect(lines.join("\n")).toMatch(/the callback received {2}\{"random_number":\d+\}/)
  expect(await readdir(folder)).toEqual([])
})

test.for(["starting the coordinator", "cloning and compiling"])(
  "Ctrl-C after '%s' ends all that was started",
  async (moment, { start }) => {
    const { child, shows, folder, ended } = start()
    await shows(moment)
    const { left } = await watchRemains(child, folder)

    child.kill("SIGINT")

    await expect.poll(left, END).toEqual([])
    expect(await ended).toEqual([130, null])
  },
)

test("whatever its coordinator tries, it is right, tells no secret, and stays until Ctrl-C", async ({
  start,
  kept,
}) => {
  const leaks = watchLeaks()
  const [log, traffic] = [join(kept, "log"), join(kept, "traffic")]
  const command = [process.execPath, HOSTILE, traffic].join(" ")
  const { child, lines, shows, folder, ended } = start(["--between", command, "--log", log], {
    NOTARY_KEY: leaks.invent("notary key"),
  })
  await shows("Everything stays up")
  const { left, secrets, servers } = await watchRemains(child, folder)
  const running = await findRunning(lines, folder, servers)
  const passed = await readFile(traffic)
  const gathered = await leaks.gather(running, { passed })

  child.kill("SIGINT")

  await expect.poll(left, END).toEqual([])
  expect(await ended).toEqual([0, null])
  const printed = [...lines, ...(await readFile(log, "utf8")).split("\n")]
  const line = { service: "", msg: "", level: 0 }
  for (const text of printed) leaks.onLog(line, text)
  for (const { name, value } of secrets) leaks.onSecret(name, value)
  // There is something to search, in each of the places, and something to look for.
  for (const one of [
    "mischief done",
    "secrets released",
    "guest ended",
    "ready to accept connections",
  ]) {
    expect(printed).toContainEqual(expect.stringContaining(one))
  }
  expect(passed.includes("/keystore/decrypt")).toBe(true)
  const [postgres] = gathered.stores
  expect(postgres?.content).toContain("notary-ts")
  expect(secrets.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["API_AUTH_TOKEN", "KEYSTORE_PRIVATE_KEY", "ADMIN_BEARER_TOKEN"]),
  )
  leaks.expectNone(gathered)
})

test.for(["cloning and compiling", "Everything stays up"])(
  "SIGKILL after '%s' leaves no process and no folder",
  async (moment, { start }) => {
    const { child, shows, folder } = start()
    await shows(moment)
    const { left } = await watchRemains(child, folder)

    child.kill("SIGKILL")

    await expect.poll(left, END).toEqual([])
  },
)

/** What its addresses and folders lead to. */
async function findRunning(lines: string[], folder: string, servers: string[]): Promise<Running> {
  const find = (pattern: RegExp) => {
    const found = lines.map((line) => pattern.exec(line)?.[1]).find((one) => one !== undefined)
    return found ?? expect.fail(`Nothing is printed like ${pattern}`)
  }
  // Beside those of builds, while there are any.
  const sockets = (await readdir(folder)).map((name) => join(folder, name, "keystore.sock"))
  const keystore = sockets.find((path) => existsSync(path)) ?? expect.fail("There is no machine")
  const postgres = servers.find((path) => path.includes("-pg-"))
  const redis = servers.find((path) => path.includes("-redis-"))
  return {
    // Lent, or of its own.
    postgres: { url: environment["DATABASE_URL"] ?? `${LOCAL_POSTGRES}?host=${postgres}` },
    redis: redis === undefined ? undefined : { url: `unix://${redis}/redis.sock` },
    machines: { sockets: { keystore } },
    accounts: { outlayer: { accountId: find(/contract {6}(\S+),/) } },
    provider: new JsonRpcProvider({ url: find(/NEAR RPC {6}(\S+)/) }),
  }
}

/** What `lib/stack` gives to one process alone. */
function findSecrets(variables: string) {
  const found = variables.matchAll(/(?:^| )(\w+(?:_PRIVATE_KEY|_TOKEN))=(\S+)/g)
  return [...found].map(([, name = "", value = ""]) => ({ name, value }))
}

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
  const commands = await Promise.all([...family].map((id) => readOf(id, "cmdline")))
  const servers = commands.flatMap((text) => text.match(/\/tmp\/outlayer-(pg|redis)-\w+/g) ?? [])
  expect(servers).not.toEqual([])

  const inherited = [...family].filter((id) => id !== pid)
  const environments = await Promise.all(inherited.map((id) => readOf(id, "environ")))

  const left = async () => {
    const alive = (await readProcesses()).filter(
      (process) => family.has(process.pid) || sessions.has(process.session),
    )
    const names = await Promise.all(alive.map((process) => readOf(process.pid, "cmdline")))
    return [...names, ...(await readdir(folder)), ...servers.filter((path) => existsSync(path))]
  }
  return { left, servers, secrets: environments.flatMap(findSecrets) }
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

/** Words, or variables, with a space after each. */
async function readOf(pid: number | undefined, name: "cmdline" | "environ"): Promise<string> {
  const text = await readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "")
  return text.replaceAll("\0", " ").trim()
}
