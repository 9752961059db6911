/**
 * What metering costs a guest: each kernel raw and metered on V8, by turns in one run. `node lib/metering/bench/guest-overhead.ts`,
 * and `node --liftoff-only` or `--no-liftoff` before it for one tier alone.
 */
import { readFile } from "node:fs/promises"
import { commands } from "@yowasp/clang"
import { COUNTERS, meterForGuest } from "../src/index.ts"

const ROUNDS = 15
/** About 20 ms each. */
const sizes = {
  fib: 36,
  indirect: 4_000_000,
  qsort: 3,
  sieve: 10,
  matmul: 15,
  mandelbrot: 500,
  nbody: 200_000,
  hash: 100_000,
  interpreter: 1_000_000,
  trees: 60,
  strings: 700_000,
}

const wasm = await compile()
const metered = meterForGuest(wasm, { maxMemoryPages: 256 }).bytes as Uint8Array<ArrayBuffer>
const fuel = new WebAssembly.Global({ value: "i64", mutable: true }, 0n)
const stack = new WebAssembly.Global({ value: "i32", mutable: true }, 1_048_576)
const raw = exportsOf(wasm)
const paying = exportsOf(metered)
const ratios: number[] = []

print(`size ${(metered.length / wasm.length).toFixed(2)}`)
for (const [name, size] of Object.entries(sizes)) {
  const best = { raw: Infinity, metered: Infinity }
  let used = 0n
  for (let round = 0; round < ROUNDS; round += 1) {
    const plain = time(raw, name, size)
    fuel.value = 10n ** 15n
    const paid = time(paying, name, size)
    used = 10n ** 15n - fuel.value
    if (!Object.is(plain.value, paid.value)) throw new Error(`${name} gives ${paid.value}`)
    best.raw = Math.min(best.raw, plain.ms)
    best.metered = Math.min(best.metered, paid.ms)
  }
  const ratio = best.metered / best.raw
  ratios.push(ratio)
  const figures = [best.raw, best.metered].map((ms) => ms.toFixed(1).padStart(8))
  print(`${name.padEnd(12)}${figures.join("")}  ${ratio.toFixed(2)}  fuel ${used}`)
}
const product = ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0)
print(`geometric mean ${Math.exp(product / ratios.length).toFixed(3)}`)

async function compile(): Promise<Uint8Array<ArrayBuffer>> {
  const source = await readFile(new URL("kernels.c", import.meta.url), "utf8")
  const options = ["--target=wasm32-wasip1", "-O2", "-nostdlib", "-Wl,--no-entry"]
  const args = [...options, "-fno-builtin", "-o", "kernels.wasm", "kernels.c"]
  const files = await commands.clang(args, { "kernels.c": source }, { fetchProgress() {} })
  const built = files?.["kernels.wasm"]
  if (!(built instanceof Uint8Array)) throw new Error("clang gave no module")
  return Uint8Array.from(built)
}

function exportsOf(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Exports {
  const counters = { [COUNTERS.fuel]: fuel, [COUNTERS.stack]: stack }
  const module = new WebAssembly.Module(bytes)
  return new WebAssembly.Instance(module, { [COUNTERS.module]: counters }).exports
}

function time(exports: WebAssembly.Exports, name: string, size: number) {
  const kernel = exports[name] as (size: number) => number
  // Of this thread alone: a busy machine shows less in it than in the time on the wall.
  const started = process.threadCpuUsage()
  const value = kernel(size)
  const { user, system } = process.threadCpuUsage(started)
  return { ms: (user + system) / 1000, value }
}

function print(line: string) {
  process.stdout.write(`${line}\n`)
}
