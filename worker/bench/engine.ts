/**
 * The engine in one run: kernels raw and metered, other engines beside them, CoreMark, and what a run costs besides the guest:
 * `npm run -s bench:engine -- [--short] [--only starts] [--coremark FILE.wasm]`. Figures are medians, in
 * milliseconds; what is compared takes turns.
 */
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
const print = (line: string) => void process.stdout.write(`${line}\n`)
const [starts, limits, runs] = values.short ? [6, 5, 100] : [40, 15, 1000]

if (values.only === undefined) await benchEngine(values.coremark, print)

print("\nfrom asking for a run to the guest's first instruction, and to its end")
print(row(["guest", "cold", "warm", "pooled", "whole, pooled", "aim"]))
for (const { guest, coldMs, warmMs, pooledMs, wholeMs, aim } of await benchStarts(starts)) {
  print(row([guest, ...[coldMs, warmMs, pooledMs, wholeMs].map(milliseconds), aim]))
}

print("\na bound on memory: a child's start, and a guest that works on 3 MiB of it")
print(row(["", "start", "run"]))
for (const { way, startMs, runMs } of await benchMemoryLimits(limits)) {
  print(row([way, milliseconds(startMs), milliseconds(runMs)]))
}

const { microseconds, fuel } = await benchCalls()
print(`\na call of preview 2: ${microseconds.toFixed(1)} microseconds, ${fuel} fuel`)
for (const atATime of [1, 2]) {
  const seconds = runs / (await throughput(runs, atATime))
  print(`${runs} tiny runs, ${atATime} at a time: ${seconds.toFixed(1)} s`)
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`
}

function row([first = "", ...others]: readonly string[]): string {
  return [first.padEnd(28), ...others.map((one) => one.padStart(20))].join("").trimEnd()
}
