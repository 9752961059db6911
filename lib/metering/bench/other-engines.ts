/** The same kernels in other engines, with their fuel on, where they are on PATH. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const FUEL = 10n ** 17n

interface Engine {
  name: string
  /** The command that runs a file with arguments: one of its functions, or all of it as a WASI command. */
  words: (file: string, args: readonly string[], invoked?: string) => string[]
}

const engines: readonly Engine[] = [
  { name: "wasmtime", words: wordsOf(["wasmtime", "run", "-W", `fuel=${FUEL}`]) },
  { name: "wasmi", words: wordsOf(["wasmi", "--fuel", `${FUEL}`]) },
]

export interface OtherEngine {
  name: string
  version: string
  /** Seconds of CPU that a kernel takes, without what a run of size 1 takes. */
  time: (kernel: string, size: number) => number
  /** Seconds of CPU that a WASI command takes. */
  run: (wasm: Uint8Array, args: readonly string[]) => number
}

function wordsOf(command: readonly string[]): Engine["words"] {
  return (file, args, invoked) => {
    const invoke = invoked === undefined ? [] : ["--invoke", invoked]
    return [...command, ...invoke, file, ...args]
  }
}

/** Those that are on PATH. */
export function findOtherEngines(kernels: Uint8Array): OtherEngine[] {
  return engines.flatMap(({ name, words }) => {
    const { status, stdout } = spawnSync(name, ["--version"], { encoding: "utf8" })
    if (status !== 0) return []
    const secondsOf = (kernel: string, size: number) =>
      withFile(kernels, (file) => cpuSeconds(words(file, [String(size)], kernel)))
    return [
      {
        name,
        version: stdout.trim(),
        time: (kernel, size) =>
          Math.min(...[1, 2, 3].map(() => secondsOf(kernel, size))) -
          Math.min(...[1, 2, 3].map(() => secondsOf(kernel, 1))),
        run: (wasm, args) => withFile(wasm, (file) => cpuSeconds(words(file, args))),
      },
    ]
  })
}

function cpuSeconds(words: readonly string[]): number {
  const script = `TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1`
  const { stderr } = spawnSync("bash", ["-c", script, "bash", ...words], { encoding: "utf8" })
  const [user = Number.NaN, system = Number.NaN] = stderr.trim().split(" ").map(Number)
  return user + system
}

function withFile<T>(wasm: Uint8Array, work: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "outlayer-bench-"))
  try {
    const file = join(folder, "program.wasm")
    writeFileSync(file, wasm)
    return work(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
