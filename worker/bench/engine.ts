/**
 * The engine in one run: kernels raw and metered, other engines beside them, CoreMark, and what a run costs besides the guest:
 * `npm run -s bench:engine -- [--coremark FILE.wasm]`.
 */
import { parseArgs } from "node:util"
import { benchEngine } from "@outlayer/metering/bench"
import { benchComponents } from "./components.ts"
import { benchSandbox, benchTinyRuns } from "./sandbox.ts"

const { values } = parseArgs({ options: { coremark: { type: "string" } } })
const print = (line: string) => void process.stdout.write(`${line}\n`)

await benchEngine(values.coremark, print)
print(JSON.stringify(await benchSandbox(), undefined, 2))
print(JSON.stringify(await benchComponents(), undefined, 2))
const { runs, seconds } = await benchTinyRuns()
print(`${runs} tiny runs, one after another: ${((seconds * 1000) / runs).toFixed(1)} ms each`)
