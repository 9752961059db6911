/** From asking for a run to a guest's first instruction, and to its end, for each kind of guest. */
import { setTimeout } from "node:timers/promises"
import type { Program } from "../src/sandbox/execution.ts"
import type { Sandbox } from "../src/sandbox/sandbox.ts"
import { preview1, preview2, STDIN, typescript } from "./guests.ts"
import { median, openSandbox } from "./measure.ts"

export interface Start {
  guest: string
  /** Never seen before, and no process waits: metered or transpiled in one, run in another. */
  coldMs: Times
  /** Seen before, and no process waits. */
  warmMs: Times
  /** Seen before, in a process that waited for it. */
  pooledMs: Times
  /** The same to its end: the answer is here. */
  wholeMs: Times
  aim: string
}

interface Times {
  median: number
  best: number
}

const GUESTS = {
  "preview 1": { make: preview1, aim: "pooled 5, whole 10 ms" },
  "preview 2": { make: preview2, aim: "50 ms" },
  TypeScript: { make: typescript, aim: "80 ms" },
} as const

const LIMITS = {
  maxInstructions: 1_000_000_000n,
  maxMemoryMb: 64,
  maxExecutionMs: 30_000,
  maxOutputBytes: 1000,
}
/** In which a pool fills: a run then meets no start of another. */
const PAUSE_MS = 150

/** The median of so many rounds, in which the guests take turns. */
export async function benchStarts(rounds: number): Promise<Start[]> {
  const guests = await Promise.all(
    Object.entries(GUESTS).map(async ([guest, { make, aim }]) => ({
      guest,
      aim,
      program: await make(),
    })),
  )
  const times = new Map(guests.map(({ guest }) => [guest, emptyTimes()]))
  await using pooled = await openSandbox(2)
  await using bare = await openSandbox(0)
  for (const { program } of guests) await startOnce(pooled, program)
  for (let round = 0; round < rounds; round += 1) {
    // What one has seen is forgotten with it; seldom, for it takes longest.
    await using fresh = round % 4 === 0 ? await openSandbox(0) : undefined
    for (const { guest, program } of guests) {
      const all = times.get(guest) ?? emptyTimes()
      if (fresh) all.cold.push((await startOnce(fresh, program)).first)
      if (round === 0) await startOnce(bare, program)
      all.warm.push((await startOnce(bare, program)).first)
      await setTimeout(PAUSE_MS)
      const { first, whole } = await startOnce(pooled, program)
      all.pooled.push(first)
      all.whole.push(whole)
    }
  }
  return guests.map(({ guest, aim }) => {
    const { cold, warm, pooled: ready, whole } = times.get(guest) ?? emptyTimes()
    return {
      guest,
      coldMs: summary(cold),
      warmMs: summary(warm),
      pooledMs: summary(ready),
      wholeMs: summary(whole),
      aim,
    }
  })
}

function summary(times: readonly number[]): Times {
  return { median: median(times), best: Math.min(...times) }
}

function emptyTimes() {
  return {
    cold: [] as number[],
    warm: [] as number[],
    pooled: [] as number[],
    whole: [] as number[],
  }
}

/** A guest's first act is to look at its stdin: then the worker is asked for that. */
async function startOnce(sandbox: Sandbox, program: Program) {
  let askedAt = Number.NaN
  const readStdin = async () => {
    askedAt = performance.now()
    return STDIN
  }
  const startedAt = performance.now()
  const input = { stdin: new Uint8Array(0), environment: {} }
  const { outcome } = await sandbox.run(program, input, LIMITS, { readStdin })
  if (outcome.kind !== "ok") throw new Error(`the guest ended as ${JSON.stringify(outcome)}`)
  return { first: askedAt - startedAt, whole: performance.now() - startedAt }
}
