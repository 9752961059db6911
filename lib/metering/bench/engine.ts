/** Kernels, part by part, beside other engines; what `npm run -s bench:engine` begins with. */
import { cpus } from "node:os"
import { compileKernels, KERNELS } from "./compile-kernels.ts"
import { benchCoremark } from "./coremark.ts"
import { benchKernels, describeFigures, describeMeans, HEADING, timeMetered } from "./kernels.ts"
import { findOtherEngines, type OtherEngine } from "./other-engines.ts"

/** By so much more than on V8 alone, that a process's start does not count. */
const TIMES = 200

export async function benchEngine(
  coremark: string | undefined,
  print: (line: string) => void,
): Promise<void> {
  const model = cpus()[0]?.model ?? "a processor without a name"
  print(`${model}, ${cpus().length} cores, Node ${process.version}, V8 ${process.versions.v8}`)
  const kernels = await compileKernels()
  print(HEADING)
  const figures = benchKernels(kernels, (one) => print(describeFigures(one)))
  print(describeMeans(figures))
  const others = findOtherEngines(kernels)
  if (others.length === 0) print("neither wasmtime nor wasmi is on PATH")
  for (const other of others) print(compare(kernels, other))
  if (coremark === undefined) print("CoreMark: give one that somebody compiled as --coremark FILE")
  else {
    const best = benchCoremark(coremark, others)
    const entries = Object.entries(best).map(([name, score]) => `${name} ${Math.round(score)}`)
    const ratio = (best["metered"] ?? 0) / (best["raw"] ?? 1)
    print(`CoreMark: ${entries.join(", ")}; metered ${ratio.toFixed(3)} of raw`)
  }
}

/** How much longer than metered V8 another engine takes with its fuel on. */
function compare(kernels: Uint8Array<ArrayBuffer>, { version, time }: OtherEngine): string {
  const ratios = Object.entries(KERNELS).map(([kernel, size]) => {
    const large = enlarge(kernel, size)
    return { kernel, ratio: (time(kernel, large) * 1000) / timeMetered(kernels, kernel, large) }
  })
  const mean = ratios.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / ratios.length
  const list = ratios.map(({ kernel, ratio }) => `${kernel} ${ratio.toFixed(2)}`)
  return `${version} with fuel takes ${Math.exp(mean).toFixed(2)} times as long as metered V8: ${list.join(", ")}`
}

/** All kernels but two take time in proportion to their argument. */
function enlarge(kernel: string, size: number): number {
  if (kernel === "fib") return size + Math.round(Math.log(TIMES) / Math.log(1.618))
  if (kernel === "mandelbrot") return Math.round(size * Math.sqrt(TIMES))
  return size * TIMES
}
