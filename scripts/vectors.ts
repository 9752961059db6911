/** Runs a directory of recorded VM calls: `npm run -s vectors DIR`. Exit code 0 only if all are equal. */
import { resolve } from "node:path"
import { inspect } from "node:util"
import { runVectorFile, type VectorResult, vectorFilesOf } from "@outlayer/localnet/vectors"

const [directory, ...options] = process.argv.slice(2)
if (directory === undefined) {
  process.stderr.write("usage: npm run -s vectors DIR [--verbose]\n")
  process.exit(2)
}

const files = await vectorFilesOf(resolve(directory))
const results: VectorResult[] = []
for (const file of files) results.push(...(await runVectorFile(file)))
const failed = results.filter(({ differences }) => differences.length > 0)

for (const [category, group] of Map.groupBy(results, (result) => result.category)) {
  const unequal = group.filter((result) => result.differences.length > 0)
  print(`${category}: ${group.length - unequal.length} of ${group.length} equal`)
  for (const { name, differences } of unequal) {
    print(`  ${name}: ${differences.map(({ field }) => field).join(", ")}`)
    if (!options.includes("--verbose")) continue
    for (const { field, expected, actual } of differences) {
      print(`    ${field}: expected ${short(expected)}\n    ${field}: actual   ${short(actual)}`)
    }
  }
}
print(`${results.length - failed.length} of ${results.length} recorded calls are equal`)
process.exitCode = failed.length > 0 || results.length === 0 ? 1 : 0

function short(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Infinity, maxStringLength: 200 })
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
