/** What a run costs besides the guest itself: `node worker/bench/sandbox.ts [LEVEL]`. */
import { setTimeout } from "node:timers/promises"
import { createSandbox, LEVELS, type Sandbox } from "../src/sandbox/sandbox.ts"
import { command } from "../src/sandbox/test-guests.ts"

export interface SandboxFigures {
  level: string
  /** From nothing to a sandbox that takes runs: code prepared, machine tried, no pool yet. */
  createMs: number
  /** The first run of a module, which is metered for it, where no process waits. */
  coldMs: number
  /** A trivial guest in a process that waited for it, each after a pause. */
  pooledMs: Quantiles
  /** The same where none waits. */
  unpooledMs: Quantiles
  /** A process each, so many runs under way at a time. */
  runsPerSecond: Record<number, number>
}

export interface Quantiles {
  median: number
  p95: number
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
  const levels = LEVELS.filter((one) => level === undefined || one === level)
  const open = (poolSize: number) =>
    createSandbox({ minLevel: "process", levels, poolSize, log: { info() {}, warn() {} } })
  const startedAt = performance.now()
  await using pooled = await open(3)
  const createMs = performance.now() - startedAt
  await using unpooled = await open(0)
  const coldAt = performance.now()
  await run(unpooled)
  const coldMs = performance.now() - coldAt
  return {
    level: pooled.level,
    createMs,
    coldMs,
    // A pause lets the pool fill: then a run meets no start of another.
    pooledMs: await measure(pooled, 150),
    unpooledMs: await measure(unpooled, 0),
    runsPerSecond: {
      1: await throughput(open, 1),
      4: await throughput(open, 4),
      8: await throughput(open, 8),
    },
  }
}

/** One after another, each as soon as the one before it has ended. */
export async function benchTinyRuns(runs = 1000): Promise<{ runs: number; seconds: number }> {
  const log = { info() {}, warn() {} }
  await using sandbox = await createSandbox({ minLevel: "process", poolSize: 3, log })
  await run(sandbox)
  const startedAt = performance.now()
  for (let left = runs; left > 0; left -= 1) await run(sandbox)
  return { runs, seconds: (performance.now() - startedAt) / 1000 }
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
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(share * (times.length - 1))] ?? 0
  return { median: at(0.5), p95: at(0.95) }
}

async function throughput(
  open: (poolSize: number) => Promise<Sandbox>,
  atATime: number,
): Promise<number> {
  await using sandbox = await open(atATime + 1)
  await run(sandbox)
  const startedAt = performance.now()
  let left = RUNS * 2
  const lane = async () => {
    for (; left > 0; left -= 1) await run(sandbox)
  }
  await Promise.all(Array.from({ length: atATime }, lane))
  return (RUNS * 2 * 1000) / (performance.now() - startedAt)
}

const NO_INPUT = { stdin: new Uint8Array(0), environment: {} }
const trivial = command(`(data (i32.const 0) "\\08\\00\\00\\00\\02\\00\\00\\00ok")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))`)

if (import.meta.main) {
  const figures = await benchSandbox(process.argv[2])
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
}
