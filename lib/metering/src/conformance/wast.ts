/**
 * Runs scripts of the WebAssembly specification, each module raw on V8 and metered: `npm run -s wast -- DIR`. Exit code 0 only if all
 * that is not refused by name ends alike. Wants `wasm-tools` on PATH: `cargo install wasm-tools --locked`.
 */
import { execFile } from "node:child_process"
import { glob, mkdtemp, readFile, rm } from "node:fs/promises"
import { readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { parseCommands } from "./commands.ts"
import { type Judgement, judgeScript } from "./judge-script.ts"

const [directory] = process.argv.slice(2)
if (directory === undefined) {
  process.stderr.write("usage: npm run -s wast -- DIR\n")
  process.exit(2)
}

const folder = directory
const work = await mkdtemp(join(tmpdir(), "outlayer-wast-"))
const judgements: Judgement[] = []
const unread: string[] = []
try {
  for await (const name of glob("**/*.wast", { cwd: directory })) {
    const judgement = await judgeFile(name)
    if (judgement === undefined) unread.push(name)
    else judgements.push(judgement)
  }
} finally {
  await rm(work, { recursive: true })
}
report()

/** Undefined where the converter does not read it. */
async function judgeFile(source: string): Promise<Judgement | undefined> {
  const json = join(work, "script.json")
  const words = ["json-from-wast", join(folder, source), "--wasm-dir", work, "--output", json]
  try {
    await promisify(execFile)("wasm-tools", words)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return undefined
    throw new Error("wasm-tools is not on PATH: cargo install wasm-tools --locked", {
      cause: error,
    })
  }
  const read = (filename: string) => Uint8Array.from(readFileSync(join(work, filename)))
  return judgeScript({ source, commands: parseCommands(await readFile(json, "utf8")), read })
}

function report() {
  const sum = (of: (one: Judgement) => number) =>
    judgements.reduce((total, one) => total + of(one), 0)
  const faults = judgements.flatMap((one) => one.faults)
  const unlike = judgements.flatMap((one) => one.unlikeScript)
  const refused = new Map<string, number>()
  for (const [reason, count] of judgements.flatMap((one) => [...one.refused]))
    refused.set(reason, (refused.get(reason) ?? 0) + count)
  const modules = [...refused.values()].reduce((total, count) => total + count, 0)
  print(
    `refused by name: ${modules} modules, for which ${sum((one) => one.notRun)} commands are not run`,
  )
  for (const [reason, count] of [...refused].toSorted(([, a], [, b]) => b - a))
    print(`  ${count}  ${reason}`)
  if (unread.length > 0) print(`not read by wasm-tools: ${unread.join(", ")}`)
  print(`of the text format, which is not ours: ${sum((one) => one.text)}`)
  if (unlike.length > 0) print(`alike, and not as the script says: ${unlike.length}`)
  for (const line of unlike) print(`  ${line}`)
  print(`alike but for the NaN, which raw V8 leaves open: ${sum((one) => one.otherNans)}`)
  for (const fault of faults) print(`FAULT ${fault}`)
  print(`${sum((one) => one.equal)} alike, ${faults.length} not, in ${judgements.length} scripts`)
  process.exitCode = faults.length > 0 || judgements.length === 0 ? 1 : 0
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
