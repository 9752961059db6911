import { createHash } from "node:crypto"
import { describeWhere, environment } from "@outlayer/testing/machine"
import { describe, expect } from "vitest"
import { LIMITS, open, text } from "../sandbox/sandbox-test.ts"
import { builderTest as test, limits, signal } from "./builder-test.ts"
import { readExample } from "./examples.fixture.ts"
import { findRust } from "./rust/find-rust.ts"
import { runPreview1 } from "./run-preview1.ts"

const hasRust = (await findRust(["wasm32-wasip1"], environment))[0] !== undefined

type Run = (input: string) => Promise<{ exitCode: number; output: string }>

/** In our own sandbox: the engine of guests in TypeScript is a component. */
async function openComponent(wasm: Uint8Array): Promise<Run & AsyncDisposable> {
  const sandbox = await open({ poolSize: 1 })
  const hash = createHash("sha256").update(wasm).digest("hex")
  const run: Run = async (input) => {
    const stdin = Buffer.from(input)
    const allowed = { ...LIMITS, maxInstructions: 1_000_000_000n }
    const ended = await sandbox.run({ wasm, hash }, { stdin, environment: {} }, allowed)
    const { outcome } = ended
    const exitCode =
      outcome.kind === "ok" ? 0 : outcome.kind === "exit_nonzero" ? outcome.exitCode : -1
    return { exitCode, output: exitCode === 0 ? text(ended) : "" }
  }
  return Object.assign(run, { [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose]() })
}

/** Each example is built once. */
const exampleTest = test.extend(
  "openExample",
  { scope: "file" },
  ({ repositories, builder }, { onCleanup }) => {
    const build = async (example: string): Promise<Run> => {
      const repo = `examples/${example}`
      const repository = await repositories.create(repo)
      const commit = await repository.commit(await readExample(example))
      const isScript = example.endsWith("-ts")
      const buildTarget = isScript ? "wasm32-wasip2" : "wasm32-wasip1"
      const source = { repo, commit, buildTarget } as const
      const built = await builder.build(source, limits, signal)
      if (!built.ok) throw new Error(built.log)
      if (!isScript) return (input) => runPreview1(built.wasm, input)
      const run = await openComponent(built.wasm)
      onCleanup(() => run[Symbol.asyncDispose]())
      return run
    }
    const opened = new Map<string, Promise<Run>>()
    return (example: string): Promise<Run> => {
      const run = opened.get(example) ?? build(example)
      opened.set(example, run)
      return run
    }
  },
)

describe("in C", () => {
  drawsNumbers("random-ark-c", 300)
})
describeWhere("Rust for wasm32-wasip1", hasRust, () => {
  drawsNumbers("random-ark", 300)
})
describe("in TypeScript", () => {
  drawsNumbers("random-ark-ts", 12)
})

function drawsNumbers(example: string, draws: number): void {
  exampleTest(`${example} draws every number of a range, and no other`, async ({ openExample }) => {
    const run = await openExample(example)
    const seen = new Map<number, number>()
    for (let count = 0; count < draws; count += 1) {
      const { exitCode, output } = await run(' {"max": 2, "min" : -1}\n')
      const { random_number: drawn } = JSON.parse(output) as { random_number: number }
      seen.set(drawn, (seen.get(drawn) ?? 0) + 1)
      expect(exitCode).toBe(0)
    }

    for (const drawn of seen.keys()) expect([-1, 0, 1, 2]).toContain(drawn)
    // A process for each draw of a script's engine: too few for every number to come.
    if (draws < 100) return expect(seen.size).toBeGreaterThan(1)
    expect(seen.size).toBe(4)
    // A quarter is expected of each: six deviations lie between.
    const most = 6 * Math.sqrt((draws * 3) / 16)
    for (const times of seen.values()) expect(Math.abs(times - draws / 4)).toBeLessThan(most)
  })

  exampleTest(`${example} knows the ends of 64 bits`, async ({ openExample }) => {
    const run = await openExample(example)
    const [low, high] = ["-9223372036854775808", "9223372036854775807"]
    const only = await run(`{"min":${high},"max":${high}}`)
    const all = await run(`{"min":${low},"max":${high}}`)

    expect(only.output).toBe(`{"random_number":${high}}\n`)
    expect(all.output).toMatch(/^\{"random_number":-?\d{1,19}\}\n$/)
  })

  exampleTest.for([
    "",
    "{}",
    '{"min":1}',
    '{"min":2,"max":1}',
    '{"min":1,"max":2,}',
    '{"min":1,"max":2} x',
    '{"min":1,"min":2}',
    '{"min":1,"max":2,"seed":3}',
    '{"min":01,"max":2}',
    '{"min":+1,"max":2}',
    '{"min":1.0,"max":2}',
    '{"min":1e0,"max":2}',
    '{"min":"1","max":2}',
    '{"min":9223372036854775808,"max":9223372036854775809}',
    '{"min":1,"max":2',
    "[1,2]",
    "\0",
  ])(`${example} fails on %j`, async (input, { openExample }) => {
    const run = await openExample(example)
    const { exitCode, output } = await run(input)

    expect([exitCode, output]).toEqual([1, ""])
  })
}
