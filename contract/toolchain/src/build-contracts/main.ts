// npm run -s build:contracts [-- --check]: rebuilds contract/res, or says whether it is what the sources give.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { contracts } from "../contracts.ts"
import { buildContract } from "../index.ts"

const root = fileURLToPath(new URL("../../../../", import.meta.url))
const checks = process.argv.includes("--check")

for (const { entry, output } of contracts) {
  if (!existsSync(root + entry)) continue
  const wasm = await buildContract(root + entry)
  if (!checks) {
    mkdirSync(dirname(root + output), { recursive: true })
    writeFileSync(root + output, wasm)
  } else if (!existsSync(root + output) || !readFileSync(root + output).equals(wasm)) {
    process.exitCode = 1
    process.stdout.write(`${output} is not what ${entry} gives: run npm run -s build:contracts\n`)
    continue
  }
  process.stdout.write(`${output}: ${wasm.length} bytes${checks ? ", as committed" : ""}\n`)
}
