/**
 * CoreMark that somebody compiled, as a WASI command or in the form that wasm3 gives away (it exports `run`
 * and imports a clock): iterations in a second of CPU, raw on V8, metered, and, of a command, in other engines.
 */
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
      best[way] = Math.max(best[way] ?? 0, speedHere(file, way))
    }
  }
  const wasm = readFileSync(file)
  if (hasOwnClock(new WebAssembly.Module(wasm))) return best
  for (const { name, run } of others) {
    // Without what starting and compiling take.
    const seconds = run(wasm, argsFor(ITERATIONS_OF_OTHERS + 1)) - run(wasm, argsFor(1))
    best[name] = ITERATIONS_OF_OTHERS / seconds
  }
  return best
}

/** The same host functions for both ways: what is compared is the code. */
function speedHere(file: string, way: string): number {
  const words = ["--no-warnings", fileURLToPath(import.meta.url), file, way]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" })
  const speed = Number(stdout)
  if (!(speed > 0)) throw new Error(`${file} does not run ${way}: ${stderr}`)
  return speed
}

function hasOwnClock(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some(({ name }) => name === "clock_ms")
}

function start(file: string, way: string): number {
  const raw = Uint8Array.from(readFileSync(file))
  const metered = () => Uint8Array.from(meterForGuest(raw, { maxMemoryPages: 256 }).bytes)
  const module = new WebAssembly.Module(way === "raw" ? raw : metered())
  const counters = {
    [COUNTERS.fuel]: new WebAssembly.Global({ value: "i64", mutable: true }, 10n ** 17n),
    [COUNTERS.stack]: new WebAssembly.Global({ value: "i32", mutable: true }, 1 << 18),
  }
  const own = { [COUNTERS.module]: counters }
  return hasOwnClock(module) ? runFunction(module, own) : runCommand(module, own)
}

/** It goes on for ten seconds by the clock that it is given, and says itself how fast it was. */
function runFunction(module: WebAssembly.Module, own: object): number {
  const env = { clock_ms: () => BigInt(Math.round(cpuSeconds() * 1000)) }
  const { run } = new WebAssembly.Instance(module, { env, ...own }).exports
  return Number((run as () => number)())
}

/** With Node's own WASI. */
function runCommand(module: WebAssembly.Module, own: object): number {
  const stdout = openSync("/dev/null", "w")
  const args = ["coremark", ...argsFor(ITERATIONS)]
  const wasi = new WASI({ version: "preview1", args, stdout, returnOnExit: true })
  const imports = { ...wasi.getImportObject(), ...own }
  const instance = new WebAssembly.Instance(module, imports as WebAssembly.Imports)
  const before = cpuSeconds()
  wasi.start(instance)
  return ITERATIONS / (cpuSeconds() - before)
}

/** Of this thread alone: V8 compiles in others. */
function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000_000
}

if (import.meta.main) {
  process.stdout.write(String(start(process.argv[2] ?? "", process.argv[3] ?? "raw")))
}
