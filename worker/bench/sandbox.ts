/** What a run costs besides the guest itself: `node worker/bench/sandbox.ts [LEVEL]`. */
import { setTimeout } from "node:timers/promises"
import type { Sandbox } from "../src/sandbox/sandbox.ts"
import { command } from "../src/sandbox/test-guests.ts"
import { openSandbox, type Quantiles, quantiles } from "./measure.ts"

export interface SandboxFigures {
  level: string
  /** From nothing to a sandbox that takes runs: code prepared, machine tried, no pool yet. */
  createMs: number
  /** A trivial guest in a process that waited for it, each after a pause. */
  pooledMs: Quantiles
  /** The same where none waits. */
  unpooledMs: Quantiles
  /** A process each, so many runs under way at a time. */
  runsPerSecond: Record<number, number>
}

const RUNS = 40
const LIMITS = {
  maxInstructions: 1_000_000n,
  maxMemoryMb: 16,
  maxExecutionMs: 10_000,
  maxOutputBytes: 100,
}

/** At the best level that is reached here, or at one alone. */
export async function benchSandbox(level?: string): Promise<SandboxFigures> {
  const startedAt = performance.now()
  await using pooled = await openSandbox(3, level)
  const createMs = performance.now() - startedAt
  await using unpooled = await openSandbox(0, level)
  return {
    level: pooled.level,
    createMs,
    // A pause lets the pool fill: then a run meets no start of another.
    pooledMs: await measure(pooled, 150),
    unpooledMs: await measure(unpooled, 0),
    runsPerSecond: {
      1: await throughput(RUNS * 2, 1, level),
      4: await throughput(RUNS * 2, 4, level),
      8: await throughput(RUNS * 2, 8, level),
    },
  }
}

/** Trivial runs, as many at a time as said, each lane's next as soon as its last has ended. */
export async function throughput(runs: number, atATime: number, level?: string): Promise<number> {
  await using sandbox = await openSandbox(atATime + 1, level)
  await run(sandbox)
  const startedAt = performance.now()
  let left = runs
  const lane = async () => {
    while (left > 0) {
      left -= 1
      await run(sandbox)
    }
  }
  await Promise.all(Array.from({ length: atATime }, lane))
  return (runs * 1000) / (performance.now() - startedAt)
}

async function run(sandbox: Sandbox): Promise<void> {
  const { outcome } = await sandbox.run(await trivial, NO_INPUT, LIMITS)
  if (outcome.kind !== "ok") throw new Error(`the guest ended as ${JSON.stringify(outcome)}`)
}

async function measure(sandbox: Sandbox, pauseMs: number): Promise<Quantiles> {
  await run(sandbox)
  const times: number[] = []
  while (times.length < RUNS) {
    await setTimeout(pauseMs)
    const startedAt = performance.now()
    await run(sandbox)
    times.push(performance.now() - startedAt)
  }
  return quantiles(times)
}

const NO_INPUT = { stdin: new Uint8Array(0), environment: {} }
const trivial = command(`(data (i32.const 0) "\\08\\00\\00\\00\\02\\00\\00\\00ok")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))`)

if (import.meta.main) {
  const figures = await benchSandbox(process.argv[2])
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
}
