/** "The same request twice draws differently, and nothing public predicts it": of guests without a language's runtime. */
import { afterAll, beforeAll, expect, test } from "vitest"
import { findTraces } from "../replay/seed-traces.fixture.ts"
import { componentCommand } from "./component/component.fixture.ts"
import type { Execution, Program } from "./execution.ts"
import type { Sandbox, SandboxOptions } from "./sandbox.ts"
import { LIMITS, open } from "./sandbox-test.ts"
import { command } from "./test-guests.ts"

const RUNS = 12
/** The same to the last bit in every run: so no draw is made of any of it. */
const REQUEST = {
  stdin: Buffer.from("the same"),
  environment: { NEAR_REQUEST_ID: "7", NEAR_SENDER_ID: "alice.near", NEAR_BLOCK_HEIGHT: "1000" },
}
const CLOCK = { readWallClock: () => 1_700_000_000_000_000_000n }

const said: unknown[] = []
const log = { info: say, warn: say }
/** Bytes of output, which are draws alone. */
const guests: Record<string, { program: Program; bytes: number }> = {}
let sandboxes: Sandbox[] = []
beforeAll(async () => {
  guests["preview 1"] = { program: await command(PREVIEW1), bytes: 32 }
  guests["preview 2"] = { program: await componentCommand(PREVIEW2), bytes: 48 }
  sandboxes = await Promise.all([openAtOneTime(), openAtOneTime()])
})
afterAll(async () => {
  for (const sandbox of sandboxes) await sandbox[Symbol.asyncDispose]()
})

test.for(["preview 1", "preview 2"])(
  "no two runs of one request at one time draw a word alike: %s",
  async (name) => {
    const runs = await runAll(name)

    const words = runs.flatMap(({ output }) => wordsOf(output))
    expect(words).toHaveLength(RUNS * ((guests[name]?.bytes ?? 0) / 8))
    expect(new Set(words).size).toBe(words.length)
    // They cost the same: not even that tells them apart.
    expect(new Set(runs.map(({ instructions }) => instructions)).size).toBe(1)
  },
)

test("each attempt's seed is 32 bytes of its own, as likely 0 as 1, and nobody is told", async () => {
  const runs = await runAll("preview 1")

  const seeds = runs.map(({ record }) => Buffer.from(record?.seed ?? []))
  expect(seeds.map(({ length }) => length)).toEqual(seeds.map(() => 32))
  const words = seeds.flatMap(wordsOf)
  expect(new Set(words).size).toBe(RUNS * 4)
  const ones = words.reduce((sum, word) => sum + word.toString(2).replaceAll("0", "").length, 0)
  // Of 3,072 bits, half are expected; eight deviations of 28 lie between.
  expect(Math.abs(ones - RUNS * 128)).toBeLessThan(8 * Math.sqrt(RUNS * 64))
  for (const seed of seeds) expect(findTraces(seed, said)).toEqual([])
  expect(said).not.toEqual([])
})

test.for(["preview 1", "preview 2"])("the seed alone decides what is drawn: %s", async (name) => {
  const { program } = guests[name] as { program: Program }
  const drawWith = async (byte: number, options: Partial<SandboxOptions>, id: string) => {
    const drawSeed = () => new Uint8Array(32).fill(byte)
    await using sandbox = await open({ poolSize: 1, levels: ["process"], ...options, drawSeed })
    const environment = { ...REQUEST.environment, NEAR_REQUEST_ID: id }
    const { output } = await sandbox.run(program, { ...REQUEST, environment }, LIMITS)
    return Buffer.from(output).toString("hex")
  }

  const first = await drawWith(1, CLOCK, "7")

  expect(first).not.toBe("")
  expect(await drawWith(1, {}, "8")).toBe(first)
  expect(await drawWith(2, CLOCK, "7")).not.toBe(first)
})

/** By turns in two sandboxes, as two workers would. */
async function runAll(name: string): Promise<Execution[]> {
  const { program } = guests[name] as { program: Program }
  const runs: Execution[] = []
  for (let index = 0; index < RUNS; index += 1) {
    const sandbox = sandboxes[index % 2] as Sandbox
    runs.push(await sandbox.run(program, REQUEST, LIMITS))
  }
  expect(runs.map(({ outcome }) => outcome.kind)).toEqual(runs.map(() => "ok"))
  return runs
}

function openAtOneTime(): Promise<Sandbox> {
  return open({ poolSize: 1, log, levels: ["process"], ...CLOCK })
}

function say(fields: object, message: string): void {
  said.push(fields, message)
}

function wordsOf(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / 8 }, (_, index) => view.getBigUint64(index * 8))
}

const PREVIEW1 = `(func (export "_start")
  (drop (call $random (i32.const 1024) (i32.const 32)))
  (i32.store (i32.const 0) (i32.const 1024))
  (i32.store (i32.const 4) (i32.const 32))
  (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))`

/** What languages seed their tables with, among it. */
const PREVIEW2 = {
  imports: ["random", "insecure", "insecure-seed"].map((name) => `wasi:random/${name}@0.2.3`),
  core: `
    (import "wasi:random/random@0.2.3" "get-random-bytes" (func $bytes (param i64 i32)))
    (import "wasi:random/random@0.2.3" "get-random-u64" (func $one (result i64)))
    (import "wasi:random/insecure@0.2.3" "get-insecure-random-u64" (func $other (result i64)))
    (import "wasi:random/insecure-seed@0.2.3" "insecure-seed" (func $seed (param i32)))
    (body
      (call $bytes (i64.const 16) (i32.const 0))
      (memory.copy (i32.const 1024) (i32.load (i32.const 0)) (i32.const 16))
      (i64.store (i32.const 1040) (call $one))
      (i64.store (i32.const 1048) (call $other))
      (call $seed (i32.const 1056))
      (call $write (call $stdout) (i32.const 1024) (i32.const 48) (i32.const 64))
      (i32.const 0))`,
}
