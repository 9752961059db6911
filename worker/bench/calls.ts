/** What one more call of `blocking-write-and-flush` costs a component, and how much fuel it is. */
import { preview2Writes } from "./guests.ts"
import { openSandbox } from "./measure.ts"

const CALLS = 20_000
const LIMITS = {
  maxInstructions: 1_000_000_000n,
  maxMemoryMb: 16,
  maxExecutionMs: 30_000,
  maxOutputBytes: 100_000,
}

export async function benchCalls(): Promise<{ microseconds: number; fuel: number }> {
  await using sandbox = await openSandbox(0)
  const time = async (calls: number) => {
    const program = await preview2Writes(calls)
    const input = { stdin: new Uint8Array(0), environment: {} }
    // Once to have it transpiled.
    await sandbox.run(program, input, LIMITS)
    const { outcome, timeMs, instructions } = await sandbox.run(program, input, LIMITS)
    if (outcome.kind !== "ok") throw new Error(`the guest ended as ${JSON.stringify(outcome)}`)
    return { timeMs, instructions }
  }
  const [once, often] = [await time(1), await time(CALLS)]
  return {
    microseconds: ((often.timeMs - once.timeMs) * 1000) / CALLS,
    fuel: Math.round(Number(often.instructions - once.instructions) / CALLS),
  }
}
