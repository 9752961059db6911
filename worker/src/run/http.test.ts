/** A component that asks a host, by the command line, and once more when the host is gone. */
import { execFile } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test as base } from "vitest"

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url))
const REPLAY = fileURLToPath(new URL("../replay/main.ts", import.meta.url))
const COMPONENTIZE = fileURLToPath(
  new URL("../compile/javascript/componentize.build.ts", import.meta.url),
)
const GUEST = `
  export default async function main(url: string) {
    const first = await (await fetch(url + "/first")).text()
    const { status } = await fetch(url + "/second", { method: "POST", body: first.slice(0, 9) })
    return [first.length, status, Math.random(), Date.now()].join(" ")
  }
`

const test = base.extend("home", async ({}, { onCleanup }) => {
  const home = await mkdtemp(join(tmpdir(), "outlayer-http-"))
  onCleanup(() => rm(home, { recursive: true, force: true }))
  return home
})

test("what hosts answered is replayed without them, and nobody else is asked", async ({ home }) => {
  await writeFile(join(home, "guest.ts"), GUEST)
  const start = (words: string[], input = "") => startNode(home, words, input)
  expect(await start([COMPONENTIZE, "./guest.ts", home, "guest.wasm"])).toMatchObject({ code: 0 })
  const asked: string[] = []
  const server = createServer(({ url = "" }, response) => {
    asked.push(url)
    response.statusCode = url === "/first" ? 200 : 418
    // Different each time, and longer than one piece.
    response.end(`${Math.random()}`.padEnd(70_000, "x"))
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`

  const records = ["--receipt", "r.json", "--transcript", "t.json"]
  const ran = await start([MAIN, "--http", `127.0.0.1:${port}`, ...records, "guest.wasm"], url)
  expect(ran).toMatchObject({ code: 0 })
  expect(ran.stdout).toMatch(/^70000 418 0\.\d+ \d{13}$/)
  const denied = await start([MAIN, "--http", `127.0.0.2:${port}`, "guest.wasm"], url)
  expect(denied).toMatchObject({ code: 1 })
  expect(denied.stderr).toContain("HTTP-request-denied")
  server.close()
  server.closeAllConnections()

  expect(asked).toEqual(["/first", "/second"])
  expect(JSON.parse(await readFile(join(home, "r.json"), "utf8"))).toMatchObject({
    host_answers: { count: 2 },
  })
  const proven = await start([REPLAY, "r.json", "t.json"])
  expect(proven.stdout).toMatch(/PROVEN\n$/)
  expect(proven).toMatchObject({ code: 0 })
  const transcript = await readFile(join(home, "t.json"), "utf8")
  await writeFile(join(home, "t.json"), transcript.replace('"status":418', '"status":200'))
  expect(await start([REPLAY, "r.json", "t.json"])).toMatchObject({ code: 1 })
})

async function startNode(cwd: string, words: string[], input: string) {
  const started = promisify(execFile)(process.execPath, words, { cwd })
  started.child.stdin?.on("error", () => {}).end(input)
  return started.then(
    (ended) => ({ code: 0, ...ended }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}
