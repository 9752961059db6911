/** Fuel of components that compilers made, a JavaScript engine among them, beside a count that shares nothing with metering. */
import { execFile } from "node:child_process"
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describeWhere, environment } from "@outlayer/testing/machine"
import { describe, expect } from "vitest"
import { identify } from "../sandbox/program.ts"
import { LIMITS, open, text } from "../sandbox/sandbox-test.ts"
import { builderTest, limits, signal } from "./builder-test.ts"
import { readExample } from "./examples.fixture.ts"
import { countComponent, type Given } from "./run-counted-component.ts"
import { findRust } from "./rust/find-rust.ts"

const hasRust = (await findRust(["wasm32-wasip2"], environment))[0] !== undefined
const PAGES_PER_MB = 16
const FIXED = { seed: new Uint8Array(32).fill(9), wallClockNs: 1_700_000_000_000_000_000n }

const ranges = ['{"min":1,"max":6}', ' { "max" : 9223372036854775807,\n "min" : -9223372036854 } ']

const test = builderTest.extend("expectExact", { scope: "file" }, async ({}, { onCleanup }) => {
  const { seed: drawn, wallClockNs } = FIXED
  const sandbox = await open({
    poolSize: 1,
    drawSeed: () => drawn,
    readWallClock: () => wallClockNs,
  })
  onCleanup(() => sandbox[Symbol.asyncDispose]())
  /** The engine that users have, beside the count. */
  return async (wasm: Uint8Array, inputs: readonly Omit<Given, keyof typeof FIXED>[]) => {
    const count = await countComponent(wasm, LIMITS.maxMemoryMb * PAGES_PER_MB)
    const allowed = { ...LIMITS, maxInstructions: 10n ** 10n }
    for (const { stdin, environment: env } of inputs) {
      const expected = count({ stdin, environment: env, ...FIXED })
      const input = { stdin: Buffer.from(stdin), environment: env }
      const seen = await sandbox.run(identify(wasm), input, allowed)

      expect([seen.outcome, text(seen)]).toEqual([{ kind: "ok" }, expected.output])
      expect(seen.instructions).toBe(expected.fuel)
      expect([expected.exitCode, expected.operators > 10_000n]).toEqual([0, true])
    }
  }
})

describe("in TypeScript", () => {
  test("random-ark-ts pays for each operator that it and its engine run", async ({
    expectExact,
  }) => {
    const wasm = await componentize("random-ark-ts", "src/main.ts")

    await expectExact(wasm, ranges.map(plain))
  })

  test("notary-ts pays for each operator that it and its engine run", async ({ expectExact }) => {
    const wasm = await componentize("notary-ts", "src/main.ts", ["@noble/hashes"])
    const env = { NOTARY_KEY: "a key" }

    await expectExact(wasm, [{ stdin: "a message ".repeat(20), environment: env }])
  })
})

describeWhere("Rust for wasm32-wasip2", hasRust, () => {
  test("random-ark pays for each operator that it and its adapter run", async ({
    repositories,
    builder,
    expectExact,
  }) => {
    const repository = await repositories.create("fuel/component")
    const commit = await repository.commit(await readExample("random-ark"))
    const source = { repo: "fuel/component", commit, buildTarget: "wasm32-wasip2" } as const
    const built = await builder.build(source, limits, signal)
    if (!built.ok) throw new Error(built.log)

    await expectExact(built.wasm, ranges.map(plain))
  })
})

function plain(stdin: string) {
  return { stdin, environment: {} }
}

/** As a build does it, with packages that are on this machine already. */
async function componentize(
  example: string,
  main: string,
  packages: readonly string[] = [],
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "outlayer-fuel-"))
  try {
    for (const [path, contents] of Object.entries(await readExample(example))) {
      await mkdir(join(folder, dirname(path)), { recursive: true })
      await writeFile(join(folder, path), contents)
    }
    for (const name of packages) {
      const ours = fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url))
      await cp(ours, join(folder, "node_modules", name), { recursive: true, dereference: true })
    }
    const script = fileURLToPath(new URL("javascript/componentize.build.ts", import.meta.url))
    const output = join(folder, "out.wasm")
    const words = ["--no-warnings", script, join(folder, main), folder, output]
    await promisify(execFile)(process.execPath, words)
    return await readFile(output)
  } finally {
    await rm(folder, { recursive: true })
  }
}
