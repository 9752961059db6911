/** What the benches share. */
import { createSandbox, type Level, LEVELS, type Sandbox } from "../src/sandbox/sandbox.ts"

/** At the best level that is reached here, or at one alone. */
export function openSandbox(poolSize: number, level?: string): Promise<Sandbox> {
  const levels = LEVELS.filter((one: Level) => level === undefined || one === level)
  const log = { info() {}, warn() {} }
  return createSandbox({ minLevel: "process", levels, poolSize, log })
}

export interface Quantiles {
  median: number
  p95: number
}

export function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  return { median: at(0.5), p95: at(0.95) }
}

export function median(values: readonly number[]): number {
  return quantiles(values).median
}
