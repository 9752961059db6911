/** How fast, and how much gas: `npm run -s bench`. Prints; asserts nothing. */
import { cp, readdir, stat } from "node:fs/promises"
import { availableParallelism, loadavg } from "node:os"
import { fileURLToPath } from "node:url"
import { publish, startStack } from "@outlayer/stack"
import { benchSandbox } from "@outlayer/worker/bench/sandbox"
import type { ExecutedCall } from "./chain-record.ts"
import { measureFirstSecret } from "./first-secret.ts"
import { measureRequestGas, measureViewGas } from "./gas.ts"
import { createJournal } from "./journal.ts"
import { measureLatency } from "./latency.ts"
import { measureThroughput } from "./throughput.ts"

const PROBE = fileURLToPath(new URL("../guests/probe", import.meta.url))
const CONTRACTS = fileURLToPath(new URL("../../contract/res/", import.meta.url))
const REQUESTS = 30
const IN_FLIGHT = [1, 8, 32]
const SECONDS = 5
/** A slot also waits for its settlement: two for each core keep the cores at work. */
const SLOTS = 2 * availableParallelism()

const load = loadavg().map((value) => value.toFixed(1))
print(`${availableParallelism()} cores, load ${load.join(" ")}, Node ${process.version}`)

const { level, createMs, pooledMs, unpooledMs, runsPerSecond } = await benchSandbox()
heading(`sandbox alone, isolation ${level}`)
row("created", [ms(createMs)])
row("a run, process at hand", [ms(pooledMs.median), ms(pooledMs.p95)])
row("a run, process started for it", [ms(unpooledMs.median), ms(unpooledMs.p95)])
for (const [lanes, runs] of Object.entries(runsPerSecond)) row(`${lanes} at a time`, [rate(runs)])

const journal = createJournal()
await using stack = await startStack({
  onStep: () => {},
  onLog: journal.onLog,
  workerEnv: { WORKER_CONCURRENCY: String(SLOTS) },
})
await publishProbe(stack.repositories)
const question = { repo: stack.repositories.addressOf("probe"), commit: "main", input: "text 10" }
// Compiles it.
await measureRequestGas(stack, journal, question)

heading(`${REQUESTS} requests one by one, instant blocks, the queue in ${stack.queue}: median, p95`)
for (const [name, { median, p95 }] of await measureLatency(stack, journal, question, REQUESTS)) {
  row(name, [ms(median), ms(p95)])
}

heading(`whole system, ${SLOTS} slots`)
let cpu: [name: string, ms: number][] = []
for (const inFlight of IN_FLIGHT) {
  const { perSecond, cpuMs } = await measureThroughput(stack, question, inFlight, SECONDS)
  row(`${inFlight} in flight`, [rate(perSecond)])
  cpu = cpuMs
}

heading("CPU of a request, the last of these, without the guest's process")
for (const [name, cpuMs] of cpu) row(name, [ms(cpuMs)])

heading("gas: in all, for loading")
print("a small request")
printCalls(await measureRequestGas(stack, journal, question))
print("an answer of 5,000 bytes")
printCalls(await measureRequestGas(stack, journal, { ...question, input: "text 5000" }))
print("views")
printCalls(await measureViewGas(stack))

heading("a worker in a simulated machine, its program built already")
for (const [name, value] of await measureFirstSecret(publishProbe)) row(name, [ms(value)])

heading("contracts")
for (const name of (await readdir(CONTRACTS)).toSorted()) {
  row(name, [`${((await stat(CONTRACTS + name)).size / 1_024).toFixed(0)} KiB`])
}

async function publishProbe(repositories: typeof stack.repositories): Promise<void> {
  await publish(repositories, "probe", (tree) => cp(PROBE, tree, { recursive: true }))
}

function printCalls(calls: ExecutedCall[]): void {
  for (const { method, gasBurnt, loadingGas } of calls)
    row(method, [tgas(gasBurnt), tgas(loadingGas)])
}

function heading(text: string): void {
  print(`\n${text}`)
}

function row(name: string, values: string[]): void {
  print(`  ${name.padEnd(40)}${values.map((value) => value.padStart(14)).join("")}`)
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`
}

function rate(value: number): string {
  return `${value.toFixed(1)} /s`
}

function tgas(value: number): string {
  return `${(value / 1e12).toFixed(2)} Tgas`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
