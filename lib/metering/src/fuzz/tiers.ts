/** So many generated modules, raw and metered, in each tier of V8: `npm run -s tiers -- N [SEED]`. Exit code 0 only if all agree. */
import { compareTiers } from "./compare-tiers.ts"

const BATCH = 500
const [wanted = 20_000, first = 1] = process.argv.slice(2).map(Number)
let raw = 0
for (let seed = first; seed < first + wanted; seed += BATCH) {
  const comparison = await compareTiers(seed, Math.min(BATCH, first + wanted - seed))
  raw += comparison.raw
  for (const difference of comparison.differences) print(`DIFFERENCE ${difference}`)
  if (comparison.differences.length > 0) process.exitCode = 1
}
print(`${wanted} modules in each tier, ${raw} of them raw too`)

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
