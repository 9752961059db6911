/**
 * What metering costs, part by part: each kernel raw and metered on V8, by turns in one run. `node lib/metering/bench/kernels.ts`, and
 * `node --liftoff-only` or `--no-liftoff` before it for one tier alone.
 */
import { COUNTERS } from "../src/index.ts"
import { ALL_PARTS, type Parts } from "../src/body/price-list.ts"
import { meterPartly } from "../src/guest/meter-for-guest.ts"
import { compileKernels, KERNELS } from "./compile-kernels.ts"

const ROUNDS = 300
const NO_PARTS: Parts = { fuel: false, stack: false, nans: false }
const VARIANTS = {
  raw: undefined,
  fuel: { ...NO_PARTS, fuel: true },
  stack: { ...NO_PARTS, stack: true },
  nans: { ...NO_PARTS, nans: true },
  all: ALL_PARTS,
} as const

type Variant = keyof typeof VARIANTS
const variants = Object.keys(VARIANTS) as Variant[]

export interface KernelFigures {
  kernel: string
  /** Milliseconds, the best of all rounds. */
  ms: Record<Variant, number>
  fuel: bigint
}

/** The kernels of one module, in all variants. */
export function benchKernels(
  wasm: Uint8Array<ArrayBuffer>,
  onFigures: (figures: KernelFigures) => void = () => {},
): KernelFigures[] {
  const instances = variants.map((variant) => {
    const parts = VARIANTS[variant]
    return { variant, ...instantiate(parts === undefined ? wasm : partly(wasm, parts)) }
  })
  return Object.entries(KERNELS).map(([kernel, size]) => {
    const ms = { raw: Infinity, fuel: Infinity, stack: Infinity, nans: Infinity, all: Infinity }
    for (let round = 0; round < ROUNDS; round += 1) {
      // A kernel may go on from where it was.
      const values = new Set<unknown>()
      for (const { variant, exports, refill } of instances) {
        refill()
        const measured = time(exports, kernel, size)
        ms[variant] = Math.min(ms[variant], measured.ms)
        values.add(measured.value)
      }
      if (values.size !== 1) throw new Error(`${kernel} gives ${[...values].join(" and ")}`)
    }
    const figures = { kernel, ms, fuel: instances.at(-1)?.used() ?? 0n }
    onFigures(figures)
    return figures
  })
}

export function describeMeans(figures: readonly KernelFigures[]): string {
  const means = variants.slice(1).map((one) => geometricMean(figures, one).toFixed(3).padStart(7))
  return `geometric mean      ${means.join("")}`
}

/** Milliseconds of CPU that a metered kernel takes once V8 has warmed up to it: for sizes beside which the clock's steps of 4 ms are small. */
export function timeMetered(wasm: Uint8Array<ArrayBuffer>, kernel: string, size: number): number {
  const { exports, refill } = instantiate(partly(wasm, ALL_PARTS))
  const times = [1, 2, 3, 4].map(() => {
    refill()
    const before = process.threadCpuUsage()
    time(exports, kernel, size)
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1000
  })
  return Math.min(...times)
}

/** Of the time with a variant over the time without any. */
function geometricMean(figures: readonly KernelFigures[], variant: Variant): number {
  const logarithms = figures.map(({ ms }) => Math.log(ms[variant] / ms.raw))
  return Math.exp(logarithms.reduce((sum, one) => sum + one, 0) / logarithms.length)
}

export function describeFigures({ kernel, ms, fuel }: KernelFigures): string {
  const ratios = variants.slice(1).map((variant) => (ms[variant] / ms.raw).toFixed(2).padStart(7))
  return `${kernel.padEnd(12)}${ms.raw.toFixed(2).padStart(8)}${ratios.join("")}  fuel ${fuel}`
}

export const HEADING = `${"kernel".padEnd(12)}  raw ms   fuel  stack   nans    all`

const FUEL = 10n ** 15n

function instantiate(bytes: Uint8Array<ArrayBuffer>) {
  const fuel = new WebAssembly.Global({ value: "i64", mutable: true }, FUEL)
  const stack = new WebAssembly.Global({ value: "i32", mutable: true }, 1_048_576)
  const module = new WebAssembly.Module(bytes)
  const counters = { [COUNTERS.fuel]: fuel, [COUNTERS.stack]: stack }
  const { exports } = new WebAssembly.Instance(module, { [COUNTERS.module]: counters })
  return {
    exports,
    refill: () => {
      fuel.value = FUEL
    },
    used: () => FUEL - BigInt(fuel.value),
  }
}

function partly(wasm: Uint8Array, parts: Parts): Uint8Array<ArrayBuffer> {
  return meterPartly(wasm, { maxMemoryPages: 256 }, parts).bytes as Uint8Array<ArrayBuffer>
}

function time(exports: WebAssembly.Exports, name: string, size: number) {
  const kernel = exports[name] as (size: number) => number
  // On the wall: the kernel counts a thread's CPU time in steps of 4 ms, and the best of many short rounds was not disturbed.
  const started = performance.now()
  const value = kernel(size)
  return { ms: performance.now() - started, value }
}

if (import.meta.main) {
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  print(HEADING)
  const figures = benchKernels(await compileKernels(), (one) => print(describeFigures(one)))
  print(describeMeans(figures))
}
