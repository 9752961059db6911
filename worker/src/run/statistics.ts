/** What a run took, for people. */
import { costOf, DEFAULT_PRICES } from "@outlayer/protocol/pure"
import type { Execution, RunLimits } from "../sandbox/sandbox.ts"

export function describeRun(execution: Execution, limits: RunLimits): string {
  const { outcome, instructions, timeMs, level, engine } = execution
  const priceYocto = costOf(DEFAULT_PRICES, {
    instructions: Number(instructions),
    timeMs,
    compileTimeMs: 0,
  })
  const rows = {
    outcome: outcome.kind,
    instructions: `${grouped(instructions)} of ${grouped(limits.maxInstructions)}`,
    time: `${grouped(timeMs)} ms of ${grouped(limits.maxExecutionMs)} ms`,
    price: `${inNear(priceYocto)} NEAR at the default prices`,
    isolation: level,
    engine,
  }
  return Object.entries(rows)
    .map(([name, value]) => `${name.padEnd(12)}  ${value}\n`)
    .join("")
}

function grouped(value: bigint | number): string {
  return value.toLocaleString("en-US")
}

/** To the micro-NEAR, rounded up: a price that looks too small misleads. */
function inNear(yocto: bigint): string {
  const micro = (yocto + 10n ** 18n - 1n) / 10n ** 18n
  return `${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, "0")}`
}
