import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Files } from "@outlayer/testing/git"
import { describeWhere, environment } from "@outlayer/testing/machine"
import { describe, expect } from "vitest"
import { builderTest as test } from "./builder-test.ts"
import { findRust } from "./rust/find-rust.ts"
import { runPreview1 } from "./run-preview1.ts"

const examples = fileURLToPath(new URL("../../../wasi-examples/", import.meta.url))
const hasRust = (await findRust("wasm32-wasip1", environment)) !== undefined

type Run = (input: string) => ReturnType<typeof runPreview1>

/** Each example is built once. */
const exampleTest = test.extend("openExample", { scope: "file" }, ({ repositories, builder }) => {
  const open = async (example: string): Promise<Run> => {
    const repo = `examples/${example}`
    const repository = await repositories.create(repo)
    const commit = await repository.commit(await readFiles(join(examples, example)))
    const source = { repo, commit, buildTarget: "wasm32-wasip1" } as const
    const signal = AbortSignal.timeout(60_000)
    const built = await builder.build(source, { maxCompileMs: 60_000 }, signal)
    if (!built.ok) throw new Error(built.log)
    return (input) => runPreview1(built.wasm, input)
  }
  const opened = new Map<string, Promise<Run>>()
  return (example: string): Promise<Run> => {
    const run = opened.get(example) ?? open(example)
    opened.set(example, run)
    return run
  }
})

describe("in C", () => {
  drawsNumbers("random-ark-c")
})
describeWhere("Rust for wasm32-wasip1", hasRust, () => {
  drawsNumbers("random-ark")
})

function drawsNumbers(example: string): void {
  exampleTest(`${example} draws every number of a range, and no other`, async ({ openExample }) => {
    const run = await openExample(example)
    const seen = new Map<number, number>()
    for (let count = 0; count < 300; count += 1) {
      const { exitCode, output } = await run(' {"max": 2, "min" : -1}\n')
      const { random_number: drawn } = JSON.parse(output) as { random_number: number }
      seen.set(drawn, (seen.get(drawn) ?? 0) + 1)
      expect(exitCode).toBe(0)
    }

    expect([...seen.keys()].toSorted((one, other) => one - other)).toEqual([-1, 0, 1, 2])
    // 75 expected of each, with a deviation of 7.5: six of them lie between.
    for (const times of seen.values()) expect(Math.abs(times - 75)).toBeLessThan(45)
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

async function readFiles(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name))
  const read = async (path: string) =>
    [path.slice(folder.length + 1), await readFile(path)] as const
  return Object.fromEntries(await Promise.all(paths.map(read)))
}
