/** Generated modules in processes of different tiers of V8, which must all say the same. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { TierRun } from "./tier-run.ts"

const TIERS = {
  liftoff: ["--liftoff-only"],
  turbofan: ["--no-liftoff", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering"],
  both: ["--wasm-tiering-budget=1000"],
} as const

const CHILD = fileURLToPath(new URL("tier-child.ts", import.meta.url))

export interface Comparison {
  runs: number
  /** Of those, how many were run as they are, too. */
  raw: number
  differences: string[]
}

export async function compareTiers(first: number, count: number): Promise<Comparison> {
  const tiers = Object.values(TIERS)
  const lines = await Promise.all(tiers.map((flags) => runTier(flags, first, count)))
  const comparison: Comparison = { runs: 0, raw: 0, differences: [] }
  for (let index = 0; index < count; index += 1) {
    const inTiers = lines.map((one) => one[index] ?? "nothing")
    comparison.runs += 1
    if (new Set(inTiers).size > 1) {
      comparison.differences.push(inTiers.join("\n"))
      continue
    }
    const { metered, raw } = JSON.parse(inTiers[0] ?? "{}") as TierRun
    if (raw === undefined) continue
    comparison.raw += 1
    if (raw !== metered) comparison.differences.push(inTiers[0] ?? "")
  }
  return comparison
}

async function runTier(flags: readonly string[], first: number, count: number): Promise<string[]> {
  const words = [...flags, CHILD, String(first), String(count)]
  const { stdout } = await promisify(execFile)(process.execPath, words, { maxBuffer: 2 ** 28 })
  return stdout.trimEnd().split("\n")
}
