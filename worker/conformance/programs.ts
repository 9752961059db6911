/**
 * Programs that others wrote, run as guests by the command line: `npm run -s programs DIR`. For each
 * `NAME.wasm` every `NAME.json` or `NAME.CASE.json` says what it is given and how it must end; one
 * without is asked for its `--version`, and need only end by itself. Each run is then proven by its
 * replay. Exit code 0 only if all pass.
 */
import { spawn } from "node:child_process"
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { z } from "zod"
import { EXIT } from "../src/run/ending.ts"

/** The fields of wasi-testsuite's specification, and what programs want besides. */
const Case = z.strictObject({
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
  /** A folder beside it, of which the guest gets a copy as `/`. */
  root: z.string().nullish(),
  stdin: z.string().default(""),
  exit_code: z.int().default(0),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
  /** Pieces that stand in stdout. */
  stdout_includes: z.array(z.string()).default([]),
  /** Texts of files in the copy when the guest has ended. */
  files: z.record(z.string(), z.string()).default({}),
})
type Case = z.output<typeof Case>

const RUN = fileURLToPath(new URL("../src/run/main.ts", import.meta.url))
const REPLAY = fileURLToPath(new URL("../src/replay/main.ts", import.meta.url))
const OURS: readonly number[] = Object.values(EXIT).filter((code) => code !== EXIT.usage)

const [directory] = process.argv.slice(2)
if (directory === undefined) {
  process.stderr.write("usage: npm run -s programs DIR\n")
  process.exit(2)
}
const folder = resolve(directory)
const names = (await readdir(folder)).toSorted()
const programs = names.filter((name) => name.endsWith(".wasm")).map((name) => name.slice(0, -5))
let [passed, all] = [0, 0]
for (const program of programs) {
  const cases = names.filter((name) => name.startsWith(`${program}.`) && name.endsWith(".json"))
  for (const name of cases.length > 0 ? cases : [undefined]) {
    const differences = name === undefined ? await greet(program) : await tryCase(program, name)
    all += 1
    if (differences.length === 0) passed += 1
    const verdict = differences.length === 0 ? "passes" : differences.join("; ")
    process.stdout.write(`${name ?? program}: ${verdict}\n`)
  }
}
process.stdout.write(`${passed} of ${all} pass\n`)
process.exitCode = passed === all && passed > 0 ? 0 : 1

async function greet(program: string): Promise<string[]> {
  const ended = await runGuest(program, Case.parse({ args: ["--version"] }))
  const ending = OURS.includes(ended.code) ? [`ended with ${ended.code}: ${ended.stderr}`] : []
  return [...ending, ...ended.unproven]
}

async function tryCase(program: string, name: string): Promise<string[]> {
  const json: unknown = JSON.parse(await readFile(join(folder, name), "utf8"))
  const given = Case.parse(json)
  const { code, stdout, stderr, files, unproven } = await runGuest(program, given)
  const missing = given.stdout_includes.filter((piece) => !stdout.includes(piece))
  const differing = Object.entries(given.files).filter(([path, text]) => files[path] !== text)
  return [
    ...(code === given.exit_code ? [] : [`exit code ${code}: ${stderr}`]),
    ...(given.stdout === undefined || given.stdout === stdout ? [] : [`stdout is ${stdout}`]),
    ...(given.stderr === undefined || given.stderr === stderr ? [] : [`stderr is ${stderr}`]),
    ...missing.map((piece) => `stdout has no ${JSON.stringify(piece)}`),
    ...differing.map(([path]) => `${path} is ${JSON.stringify(files[path])}`),
    ...unproven,
  ]
}

async function runGuest(program: string, { args, env, root, stdin, files: wanted }: Case) {
  const home = await mkdtemp(join(tmpdir(), "outlayer-programs-"))
  try {
    const copy = join(home, "root")
    await (root ? cp(join(folder, root), copy, { recursive: true }) : mkdir(copy))
    const records = [join(home, "receipt.json"), join(home, "transcript.json")] as const
    const ended = await start(
      [
        "--receipt",
        records[0],
        "--transcript",
        records[1],
        ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
        ...(root || Object.keys(wanted).length > 0 ? ["--dir", `${copy}::/`] : []),
        join(folder, `${program}.wasm`),
        ...args,
      ],
      RUN,
      stdin,
    )
    const proven = await start([...records], REPLAY)
    const texts = Object.keys(wanted).map(async (path) => {
      const text = await readFile(join(copy, path), "utf8").catch(() => undefined)
      return [path, text] as const
    })
    return {
      ...ended,
      files: Object.fromEntries(await Promise.all(texts)),
      unproven: proven.code === 0 ? [] : [`its replay says ${proven.stdout}${proven.stderr}`],
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

async function start(words: readonly string[], main: string, stdin = "") {
  const child = spawn(process.execPath, [main, ...words])
  // A guest need not read what it is given.
  child.stdin.on("error", () => {}).end(stdin)
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const text = { all: "" }
    stream.setEncoding("utf8").on("data", (piece: string) => (text.all += piece))
    return text
  })
  const code = await new Promise<number>((done) => {
    child.once("close", (exitCode) => done(exitCode ?? -1))
  })
  return { code, stdout: stdout?.all ?? "", stderr: stderr?.all ?? "" }
}
