// node contract/toolchain/src/main.ts CONTRACT.ts OUT.wasm
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { buildContract } from "./index.ts"

const [entry, output] = process.argv.slice(2)
if (entry === undefined || output === undefined) {
  process.stderr.write("usage: node contract/toolchain/src/main.ts CONTRACT.ts OUT.wasm\n")
  process.exit(2)
}
const wasm = await buildContract(entry)
mkdirSync(dirname(output), { recursive: true })
writeFileSync(output, wasm)
process.stdout.write(`${output}: ${wasm.length} bytes\n`)
