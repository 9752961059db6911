/** CoreMark, as a WASI command that somebody compiled: its own figure, iterations a second, raw on V8 and metered. */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { WASI } from "node:wasi"
import { COUNTERS, meterForGuest } from "../src/index.ts"

/** Its seeds, and how many iterations: half a second on V8. */
const ARGS = ["0x0", "0x0", "0x66", "12000"]
const ROUNDS = 5

/** The best of several processes each, by turns; `run` gives what other engines write. */
export function benchCoremark(
  file: string,
  others: readonly { name: string; run: (wasm: Uint8Array, args: readonly string[]) => string }[],
): Record<string, number> {
  const best: Record<string, number> = {}
  const note = (name: string, output: string) => {
    const [, figure] = /Iterations\/Sec +: ([\d.]+)/.exec(output) ?? []
    if (figure === undefined) throw new Error(`${name} gives no figure for ${file}: ${output}`)
    best[name] = Math.max(best[name] ?? 0, Number(figure))
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of ["raw", "metered"]) note(way, runHere(file, way))
  }
  for (const { name, run } of others) note(name, run(readFileSync(file), ARGS))
  return best
}

/** Node's own WASI, which both ways have: what is compared is the code. */
function runHere(file: string, way: string): string {
  const words = ["--no-warnings", fileURLToPath(import.meta.url), file, way]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" })
  return stdout + stderr
}

function start(file: string, way: string) {
  const raw = Uint8Array.from(readFileSync(file))
  const metered = () => Uint8Array.from(meterForGuest(raw, { maxMemoryPages: 256 }).bytes)
  const module = new WebAssembly.Module(way === "raw" ? raw : metered())
  const wasi = new WASI({ version: "preview1", args: ["coremark", ...ARGS] })
  const counters = {
    [COUNTERS.fuel]: new WebAssembly.Global({ value: "i64", mutable: true }, 10n ** 17n),
    [COUNTERS.stack]: new WebAssembly.Global({ value: "i32", mutable: true }, 1 << 18),
  }
  const imports = { ...wasi.getImportObject(), [COUNTERS.module]: counters }
  wasi.start(new WebAssembly.Instance(module, imports as WebAssembly.Imports))
}

if (import.meta.main) start(process.argv[2] ?? "", process.argv[3] ?? "raw")
