/**
 * So many mutants: `npm run -s fuzz -- N [SEED]`, from seed 1 unless told otherwise. Stops at the first that is not judged as it should
 * be, with its seed, which makes it again.
 */
import { judgeMutant, mutantOf } from "./judge-mutant.ts"

const [wanted = "1000000", first = "1"] = process.argv.slice(2)
const counts = { refused: 0, rewritten: 0, ran: 0 }
const startedAt = performance.now()
const last = Number(first) + Number(wanted) - 1
for (let seed = Number(first); seed <= last; seed += 1) {
  const { fault, ending } = judge(seed)
  counts[ending] += 1
  if (fault !== undefined) stop(seed, fault)
  if (seed % 100_000 === 0) print(`seed ${seed}: ${describe()}`)
}
print(`no fault in ${describe()}, seeds ${first} to ${last}`)

function judge(one: number) {
  try {
    return judgeMutant(one)
  } catch (error) {
    return { fault: `a crash: ${String(error)}`, ending: "rewritten" } as const
  }
}

function stop(one: number, fault: string): never {
  print(`FAULT at seed ${one}: ${fault}`)
  print(Buffer.from(mutantOf(one)).toString("base64"))
  process.exit(1)
}

function describe(): string {
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  const { rss } = process.memoryUsage()
  const { ran, rewritten, refused } = counts
  return `${ran} runs, ${rewritten} rewritten only, ${refused} refused, ${seconds} s, ${Math.round(rss / 2 ** 20)} MB`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
