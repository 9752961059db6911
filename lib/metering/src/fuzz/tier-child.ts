/** Prints what becomes of each seed's module, a line each: `node [V8's flags] tier-child.ts FIRST COUNT`. */
import { runBothWays } from "./tier-run.ts"

const [first = 0, count = 0] = process.argv.slice(2).map(Number)
for (let seed = first; seed < first + count; seed += 1) {
  process.stdout.write(`${JSON.stringify({ seed, ...runBothWays(seed) })}\n`)
}
