/** Numbers drawn anew at each run, by a seed that is printed: HOSTILE_SEED draws the same again. */
import { randomBytes } from "node:crypto"
import { environment } from "@outlayer/testing/machine"

/** Draws a whole number from 0 to below its argument. */
export function openDraw(): (below: number) => number {
  const seed = Number(environment["HOSTILE_SEED"] ?? randomBytes(4).readUInt32LE())
  process.stdout.write(`HOSTILE_SEED=${seed}\n`)
  return createDraw(seed)
}

/** Mulberry32. */
function createDraw(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
