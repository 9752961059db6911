/** CoreMark, as a WASI command that somebody compiled: iterations in a second of CPU, raw on V8, metered, and in other engines. */
import { spawnSync } from "node:child_process"
import { openSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { WASI } from "node:wasi"
import { COUNTERS, meterForGuest } from "../src/index.ts"

const ITERATIONS = 12_000
/** Slower ones do fewer. */
const ITERATIONS_OF_OTHERS = 4000
const ROUNDS = 5
/** Its seeds come first. */
const argsFor = (iterations: number) => ["0x0", "0x0", "0x66", String(iterations)]

interface Other {
  name: string
  run: (wasm: Uint8Array, args: readonly string[]) => number
}

/** The best of several processes each, by turns. */
export function benchCoremark(file: string, others: readonly Other[]): Record<string, number> {
  const best: Record<string, number> = {}
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of ["raw", "metered"]) {
      best[way] = Math.max(best[way] ?? 0, ITERATIONS / secondsHere(file, way))
    }
  }
  const wasm = readFileSync(file)
  for (const { name, run } of others) {
    // Without what starting and compiling take.
    const seconds = run(wasm, argsFor(ITERATIONS_OF_OTHERS + 1)) - run(wasm, argsFor(1))
    best[name] = ITERATIONS_OF_OTHERS / seconds
  }
  return best
}

/** Node's own WASI, which both ways have: what is compared is the code. */
function secondsHere(file: string, way: string): number {
  const words = ["--no-warnings", fileURLToPath(import.meta.url), file, way]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" })
  const seconds = Number(stdout)
  if (!(seconds > 0)) throw new Error(`${file} does not run ${way}: ${stderr}`)
  return seconds
}

/** Of this thread alone: V8 compiles in others. */
function start(file: string, way: string): number {
  const raw = Uint8Array.from(readFileSync(file))
  const metered = () => Uint8Array.from(meterForGuest(raw, { maxMemoryPages: 256 }).bytes)
  const module = new WebAssembly.Module(way === "raw" ? raw : metered())
  const stdout = openSync("/dev/null", "w")
  const args = ["coremark", ...argsFor(ITERATIONS)]
  const wasi = new WASI({ version: "preview1", args, stdout, returnOnExit: true })
  const counters = {
    [COUNTERS.fuel]: new WebAssembly.Global({ value: "i64", mutable: true }, 10n ** 17n),
    [COUNTERS.stack]: new WebAssembly.Global({ value: "i32", mutable: true }, 1 << 18),
  }
  const imports = { ...wasi.getImportObject(), [COUNTERS.module]: counters }
  const instance = new WebAssembly.Instance(module, imports as WebAssembly.Imports)
  const before = process.threadCpuUsage()
  wasi.start(instance)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000_000
}

if (import.meta.main) {
  process.stdout.write(String(start(process.argv[2] ?? "", process.argv[3] ?? "raw")))
}
