/** What a component's run costs beside a preview 1 module's: `node worker/bench/components.ts [LEVEL]`. */
import { setTimeout } from "node:timers/promises"
import { componentCommand, write } from "../src/sandbox/component/component.fixture.ts"
import type { Program } from "../src/sandbox/execution.ts"
import { createSandbox, LEVELS, type Sandbox } from "../src/sandbox/sandbox.ts"
import { command } from "../src/sandbox/test-guests.ts"
import type { Quantiles } from "./sandbox.ts"

export interface ComponentFigures {
  level: string
  /** Seen for the first time: transpiled and metered in one process, run in another. */
  coldMs: number
  /** The same guest, prints two letters, in processes that waited for it, in turn. */
  preview1Ms: Quantiles
  preview2Ms: Quantiles
  /** One more call of `blocking-write-and-flush`, and how much fuel that is. */
  callMicroseconds: number
  callFuel: number
}

const RUNS = 40
const CALLS = 20_000
const LIMITS = {
  maxInstructions: 1_000_000_000n,
  maxMemoryMb: 16,
  maxExecutionMs: 10_000,
  maxOutputBytes: 100_000,
}

export async function benchComponents(level?: string): Promise<ComponentFigures> {
  const levels = LEVELS.filter((one) => level === undefined || one === level)
  const log = { info() {}, warn() {} }
  await using sandbox = await createSandbox({ minLevel: "process", levels, poolSize: 3, log })
  const [module, component, caller] = [await preview1, await writer(1), await writer(CALLS)]
  const coldMs = (await timed(sandbox, component)).ms
  await timed(sandbox, module)
  const [ones, twos]: [number[], number[]] = [[], []]
  while (twos.length < RUNS) {
    ones.push((await timed(sandbox, module)).ms)
    twos.push((await timed(sandbox, component)).ms)
  }
  const once = await timed(sandbox, component)
  await timed(sandbox, caller)
  const often = await timed(sandbox, caller)
  return {
    level: sandbox.level,
    coldMs,
    preview1Ms: quantiles(ones),
    preview2Ms: quantiles(twos),
    callMicroseconds: ((often.ms - once.ms) * 1000) / CALLS,
    callFuel: Math.round(Number(often.instructions - once.instructions) / CALLS),
  }
}

/** After a pause, in which the pool fills. */
async function timed(sandbox: Sandbox, program: Program) {
  await setTimeout(150)
  const startedAt = performance.now()
  const { outcome, instructions } = await sandbox.run(program, NO_INPUT, LIMITS)
  if (outcome.kind !== "ok") throw new Error(`the guest ended as ${JSON.stringify(outcome)}`)
  return { ms: performance.now() - startedAt, instructions }
}

function quantiles(times: number[]): Quantiles {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  return { median: at(0.5), p95: at(0.95) }
}

const NO_INPUT = { stdin: new Uint8Array(0), environment: {} }
const preview1 = command(`(data (i32.const 0) "\\08\\00\\00\\00\\02\\00\\00\\00ok")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))`)

/** To one stream, so often. */
function writer(times: number): Promise<Program> {
  return componentCommand({
    core: `(data (i32.const 0) "ok")
      (body (local $left i32) (local $stream i32)
        (local.set $left (i32.const ${times}))
        (local.set $stream (call $stdout))
        (loop $again
          ${write(0, 2).replace("(call $stdout)", "(local.get $stream)")}
          (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (i32.const 0))`,
  })
}

if (import.meta.main) {
  const figures = await benchComponents(process.argv[2])
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
}
