/**
 * The engine in one run: kernels raw and metered, other engines beside them, CoreMark, and what a run costs besides the guest:
 * `npm run -s bench:engine -- [--short] [--only PART[,PART...]] [--coremark FILE.wasm]`. Four minutes on a quiet
 * machine; on a busy one `chrt -r 1` before it lets it go ahead of all else.
 * Figures are medians in milliseconds, and the best beside them; what is compared takes turns.
 */
import { loadavg } from "node:os"
import { parseArgs } from "node:util"
import { benchEngine } from "@outlayer/metering/bench"
import { benchCalls } from "./calls.ts"
import { benchMemoryLimits } from "./memory-limit.ts"
import { throughput } from "./sandbox.ts"
import { benchStarts } from "./starts.ts"

const { values } = parseArgs({
  options: {
    coremark: { type: "string" },
    short: { type: "boolean", default: false },
    only: { type: "string" },
  },
})
const [starts, limits, runs] = values.short ? [6, 5, 100] : [40, 15, 1000]

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  kernels: () => benchEngine(values.coremark, print),
  starts: printStarts,
  memory: printMemoryLimits,
  calls: printCalls,
  runs: printRuns,
}
const chosen = values.only?.split(",") ?? Object.keys(PARTS)
const unknown = chosen.filter((name) => !Object.hasOwn(PARTS, name))
if (unknown.length > 0) {
  process.stderr.write(`no part ${unknown.join()}: there are ${Object.keys(PARTS).join()}\n`)
  process.exit(1)
}

for (const name of chosen) {
  const startedAt = performance.now()
  const load = loadavg()[0]?.toFixed(1)
  await PARTS[name]?.()
  const seconds = (performance.now() - startedAt) / 1000
  print(`(${name}: ${seconds.toFixed(0)} s; the machine's load was ${load})\n`)
}

async function printStarts(): Promise<void> {
  print("from asking for a run to the guest's first instruction, and to its end: median, best")
  print(row(["guest", "cold", "warm", "pooled", "whole, pooled", "aim"]))
  for (const { guest, coldMs, warmMs, pooledMs, wholeMs, aim } of await benchStarts(starts)) {
    const times = [coldMs, warmMs, pooledMs, wholeMs]
    const cells = times.map(({ median, best }) => `${median.toFixed(1)}, ${best.toFixed(1)}`)
    print(row([guest, ...cells, aim]))
  }
}

async function printMemoryLimits(): Promise<void> {
  print("a bound on memory: a child's start, and a guest that works on 3 MiB of it")
  print(row(["", "start", "run"]))
  for (const { way, startMs, runMs } of await benchMemoryLimits(limits)) {
    print(row([way, milliseconds(startMs), milliseconds(runMs)]))
  }
}

async function printCalls(): Promise<void> {
  const { microseconds, fuel } = await benchCalls()
  print(`a call of preview 2: ${microseconds.toFixed(1)} microseconds, ${fuel} fuel`)
}

/** Each in a process of its own. */
async function printRuns(): Promise<void> {
  for (const atATime of [1, 2]) {
    const perSecond = await throughput(runs, atATime)
    const seconds = (runs / perSecond).toFixed(1)
    print(`${runs} tiny runs, ${atATime} at a time: ${seconds} s, ${perSecond.toFixed(1)} a second`)
  }
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`
}

function row([first = "", ...others]: readonly string[]): string {
  return [first.padEnd(26), ...others.map((one) => one.padStart(22))].join("").trimEnd()
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
