/** Fuel of programs that compilers made, beside a count that shares nothing with metering. */
import { COUNTERS, meterForGuest } from "@outlayer/metering"
import type { Files } from "@outlayer/testing/git"
import { describeWhere, environment } from "@outlayer/testing/machine"
import { describe, expect } from "vitest"
import type { Build } from "./build.ts"
import { builderTest } from "./builder-test.ts"
import { COUNT, countOperators } from "./count-operators.ts"
import { readExample } from "./examples.fixture.ts"
import { findRust } from "./rust/find-rust.ts"
import { runPreview1 } from "./run-preview1.ts"

const hasRust = (await findRust(["wasm32-wasip1"], environment))[0] !== undefined
const MAX_PAGES = 1024
const FUEL = 10n ** 15n

const inputs = [
  '{"min":1,"max":6}',
  ' { "max" : 9223372036854775807,\n "min" : -9223372036854775808 } ',
  `{"min":7,${" ".repeat(200)}"max":7}`,
]

describe("in C", () => {
  builderTest("random-ark-c pays for each operator that it runs", async ({ build }) => {
    await expectExact(await buildExample(build, "random-ark-c"), inputs)
  })
})

describeWhere("Rust for wasm32-wasip1", hasRust, () => {
  builderTest("random-ark pays for each operator that it runs", async ({ build }) => {
    await expectExact(await buildExample(build, "random-ark"), inputs)
  })
})

/** Both runs draw the same. */
const GIVEN = { wasi_snapshot_preview1: { random_get: () => 0 } }

async function buildExample(
  build: (name: string, files: Files) => Promise<Build>,
  example: string,
): Promise<Uint8Array> {
  const built = await build(`fuel/${example}`, await readExample(example))
  if (!built.ok) throw new Error(built.log)
  return built.wasm
}

async function expectExact(wasm: Uint8Array, texts: readonly string[]): Promise<void> {
  const counted = await countOperators(wasm, MAX_PAGES)
  const metered = meterForGuest(wasm, { maxMemoryPages: MAX_PAGES })
  for (const text of texts) {
    const expected = await runPreview1(counted, text, GIVEN)
    const fuel = new WebAssembly.Global({ value: "i64", mutable: true }, FUEL)
    const stack = new WebAssembly.Global({ value: "i32", mutable: true }, 2 ** 20)
    const counters = { [COUNTERS.fuel]: fuel, [COUNTERS.stack]: stack }
    const given = { ...GIVEN, [COUNTERS.module]: counters }
    const seen = await runPreview1(metered.bytes, text, given)

    const count = expected.exports[COUNT] as WebAssembly.Global<"i64">
    expect([seen.exitCode, seen.output]).toEqual([0, expected.output])
    expect(FUEL - fuel.value).toBe(count.value)
    expect(count.value).toBeGreaterThan(1000n)
  }
}
