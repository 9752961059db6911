/** The command as a process, with a C program as guest. */
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { command, compileC } from "../sandbox/test-guests.ts"

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url))
const REPLAY = fileURLToPath(new URL("../replay/main.ts", import.meta.url))
let home = ""
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "outlayer-run-"))
  const trap = command(`(func $broken (export "_start") (unreachable))`)
  const loop = command(`(func (export "_start") (loop $again (br $again)))`)
  await writeFile(join(home, "guest.wasm"), (await compileC()).wasm)
  await writeFile(join(home, "trap.wasm"), (await trap).wasm)
  await writeFile(join(home, "loop.wasm"), (await loop).wasm)
})
afterAll(() => rm(home, { recursive: true, force: true }))

test("stdin, stdout and stderr are the guest's, and nothing else is on stdout", async () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))

  expect(await run(["guest.wasm", "echo"], bytes)).toEqual({ code: 0, stdout: bytes, stderr: "" })
  expect(await run(["guest.wasm", "hello"])).toEqual({
    code: 0,
    stdout: Buffer.from("hello\n"),
    stderr: "a word to the operator\n",
  })
})

test("a guest that does not look at stdin does not wait for it", async () => {
  const child = spawn(process.execPath, [MAIN, "guest.wasm", "hello"], { cwd: home })

  // It is left open.
  expect(await once(child, "exit")).toEqual([0, null])
})

test("the environment is what --env says", async () => {
  const { stdout } = await run(["--env", "A=1", "--env", "B=b c", "guest.wasm", "env"])

  expect(stdout.toString()).toBe("A=1\nB=b c\n")
})

test.for<[words: string[], code: number, stderr: RegExp]>([
  [["guest.wasm", "exit"], 7, /^$/],
  [["trap.wasm"], 134, /^run: trap: unreachable\n {2}in broken \(function 3\) at 0x[0-9a-f]+\n$/],
  [["guest.wasm", "depth"], 134, /^run: (stack_overflow|trap: )/],
  [["--max-instructions", "1000", "loop.wasm"], 137, /^run: out_of_fuel/],
  [["--max-memory-mb", "8", "guest.wasm", "allocate"], 137, /out_of_memory/],
  [["--seconds", "1", "loop.wasm"], 124, /^run: timed_out/],
  [["--max-output-bytes", "3", "guest.wasm", "hello"], 153, /output_too_large/],
  [["missing.wasm"], 127, /ENOENT/],
  [["notes.txt"], 126, /^run: refused: /],
  [["--dir", "missing::/", "guest.wasm", "hello"], 125, /ENOENT/],
  [["--what", "guest.wasm"], 2, /^run: There is no option --what\nusage/],
])("%j ends with code %i", async ([words, code, stderr]) => {
  await writeFile(join(home, "notes.txt"), "no module")

  const ended = await run(words)

  expect(ended.stderr).toMatch(stderr)
  expect(ended.code).toBe(code)
})

test("a folder is copied in, and back, also when the guest fails", async () => {
  const folder = join(home, "folder")
  await mkdir(join(folder, "in"), { recursive: true })
  await mkdir(join(folder, "out"))
  await writeFile(join(folder, "in/a.txt"), "carried\n")

  // Its last words are too many.
  const words = ["--max-output-bytes", "5", "--dir", "folder::/", "guest.wasm", "copy"]
  expect(await run(words)).toMatchObject({ code: 153 })

  expect(await readFile(join(folder, "out/b.txt"), "utf8")).toBe("carried\n")
  expect(await readdir(join(folder, "in"))).toEqual(["a.txt"])
})

test("a receipt and a transcript are enough to do it again elsewhere", async () => {
  const files = ["--receipt", "receipt.json", "--transcript", "transcript.json"]
  await run(["--env", "A=s3cret", ...files, "guest.wasm", "echo"], Buffer.from("typed in"))
  const elsewhere = await mkdtemp(join(home, "elsewhere-"))
  for (const file of ["receipt.json", "transcript.json"])
    await rename(join(home, file), join(elsewhere, file))

  const proven = await run(["receipt.json", "transcript.json"], undefined, REPLAY, elsewhere)
  const told = await run(["--json", "receipt.json"], undefined, REPLAY, elsewhere)

  expect(proven).toMatchObject({ code: 0, stderr: "" })
  expect(proven.stdout.toString()).toMatch(/instructions +PROVEN .*\n(.*\n)+PROVEN\n$/)
  expect(told.code).toBe(3)
  expect(JSON.parse(told.stdout.toString())).toMatchObject({ verdict: "UNPROVEN" })
  const receipt = await readFile(join(elsewhere, "receipt.json"), "utf8")
  expect(receipt).not.toContain("s3cret")
  await writeFile(join(elsewhere, "receipt.json"), receipt.replace('"time_ms": ', '"time_ms": 1'))
  expect(await run(["receipt.json"], undefined, REPLAY, elsewhere)).toMatchObject({ code: 1 })
})

test("--stats says on stderr what a run took", async () => {
  const { stdout, stderr } = await run(["--stats", "guest.wasm", "files"])

  expect(stdout.toString()).toBe("0 0\n0 0\n")
  expect(stderr).toMatch(/^outcome +ok\ninstructions +[\d,]+ of 100,000,000,000\ntime /)
  expect(stderr).toMatch(/price +0\.01\d+ NEAR/)
})

async function run(
  words: string[],
  stdin: Uint8Array = new Uint8Array(0),
  main = MAIN,
  folder = home,
) {
  const options = { cwd: folder, encoding: "buffer", maxBuffer: 10_000_000 } as const
  const { promise, resolve } = Promise.withResolvers<{
    code: number | string | null | undefined
    stdout: Buffer
    stderr: string
  }>()
  const child = execFile(process.execPath, [main, ...words], options, (error, stdout, stderr) =>
    resolve({ code: error ? error.code : 0, stdout, stderr: stderr.toString() }),
  )
  child.stdin?.on("error", () => {}).end(stdin)
  return promise
}
