/** Checks every case of a directory of quotes: `npm run -s quotes DIR`. Exit code 0 only if all are as expected. */
import { resolve } from "node:path"
import { judgeCase, judgeQuote } from "./judge.ts"
import { readVectorSet } from "./vector-set.ts"

const [directory, ...options] = process.argv.slice(2).filter((argument) => argument !== "--")
if (directory === undefined) {
  process.stderr.write("usage: npm run -s quotes DIR [--verbose]\n")
  process.exit(2)
}

const set = await readVectorSet(resolve(directory))
const cases = await Promise.all(set.cases.map((one) => judgeCase(set, one)))
const quotes = await Promise.all(set.quotes.map((one) => judgeQuote(set, one)))
for (const { id, verdict, differences } of [...cases, ...quotes]) {
  if (differences.length > 0) print(`${id}: ${differences.join("; ")}`)
  else if (options.includes("--verbose")) print(`${id}: ${verdict}`)
}
const right = (all: typeof cases) =>
  all.filter(({ differences }) => differences.length === 0).length
print(`root: ${set.isSynthetic ? "SYNTHETIC, of this directory" : "Intel SGX Root CA"}`)
print(`${right(quotes)} of ${quotes.length} quotes read as expected`)
print(`${right(cases)} of ${cases.length} cases judged as expected`)
process.exitCode =
  cases.length > 0 && right(cases) === cases.length && right(quotes) === quotes.length ? 0 : 1

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
