/** Guests that want harm, each through the whole sandbox: contained, priced, typed, and the next guest is none the worse. */
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Execution, Program, RunLimits } from "./execution.ts"
import type { Sandbox } from "./sandbox.ts"
import { describeNamespaces, LIMITS, NO_INPUT, open, text } from "./sandbox-test.ts"
import { identify } from "./program.ts"
import { programOf } from "./test-guests.ts"

const WASI = "wasi_snapshot_preview1"
const FUEL = 5_000_000n

let sandbox: Sandbox
let innocent: Program
let undisturbed: Execution
beforeAll(async () => {
  sandbox = await open({})
  innocent = await programOf(module(`${START} (i32.store (i32.const 8) (i32.const 7)))`))
  undisturbed = await run(innocent)
})
afterAll(() => sandbox[Symbol.asyncDispose]())

const START = `(func $start (export "_start")`
const TABLE = `(type $t (func)) (table $table 4 funcref) (elem (i32.const 0) $start)`

const cases: [what: string, body: string, outcome: { kind: string; exitCode?: number }][] = [
  ["an endless loop", `${START} (loop (br 0)))`, { kind: "out_of_fuel" }],
  ["a table of branches", `${START} (loop (br_table 0 0 (i32.const 7))))`, { kind: "out_of_fuel" }],
  ["recursion", `${START} (call $start))`, { kind: "stack_overflow" }],
  [
    "recursion through a table",
    `${TABLE} ${START} (call_indirect (type $t) (i32.const 0)))`,
    { kind: "stack_overflow" },
  ],
  ["tail calls", `${START} (return_call $start))`, { kind: "out_of_fuel" }],
  [
    "tail calls through a table",
    `${TABLE} ${START} (return_call_indirect (type $t) (i32.const 0)))`,
    { kind: "out_of_fuel" },
  ],
  [
    "a start function that loops",
    `${START}) (func $before (loop (br 0))) (start $before)`,
    { kind: "out_of_fuel" },
  ],
  [
    "a start function that recurses",
    `${START}) (func $before (call $before)) (start $before)`,
    { kind: "stack_overflow" },
  ],
  [
    "memory that is asked for again and again",
    `${START} (loop (drop (memory.grow (i32.const 1))) (br 0)))`,
    { kind: "out_of_fuel" },
  ],
  [
    "a table that is grown again and again",
    `${TABLE} ${START} (loop (drop (table.grow $table (ref.null func) (i32.const 100000))) (br 0)))`,
    { kind: "out_of_fuel" },
  ],
  [
    "4 GiB to be filled at once",
    `${START} (memory.fill (i32.const 0) (i32.const 1) (i32.const -1)))`,
    { kind: "out_of_fuel" },
  ],
  [
    "4 GiB to be copied at once",
    `${START} (memory.copy (i32.const 0) (i32.const 0) (i32.const -1)))`,
    { kind: "out_of_fuel" },
  ],
  ["a table of four billion", `${START}) (table 4294967295 funcref)`, { kind: "refused" }],
  [
    "data that is laid out again and again",
    `${START} (loop (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 60000)) (br 0)))
      (data "${"x".repeat(60_000)}")`,
    { kind: "out_of_fuel" },
  ],
  [
    "4 GiB of data that has a byte",
    `${START} (memory.init 0 (i32.const 0) (i32.const 0) (i32.const -1))) (data "x")`,
    { kind: "out_of_fuel" },
  ],
  ["a segment beyond the memory", `${START}) (data (i32.const 65536) "x")`, { kind: "trap" }],
  [
    "more data segments than a module may have",
    `${START}) ${'(data "")'.repeat(65_537)}`,
    { kind: "refused" },
  ],
  [
    "random numbers without end",
    `${START} (loop (drop (call $random (i32.const 0) (i32.const 65536))) (br 0)))`,
    { kind: "out_of_fuel" },
  ],
  [
    "4 GiB of random numbers",
    `${START} (drop (call $random (i32.const 0) (i32.const -1))))`,
    { kind: "out_of_fuel" },
  ],
  [
    "the time without end",
    `${START} (loop (drop (call $time (i32.const 0) (i64.const 1) (i32.const 0))) (br 0)))`,
    { kind: "out_of_fuel" },
  ],
  [
    "a folder that was not given",
    `${START} (call $exit (call $prestat (i32.const 3) (i32.const 0))))`,
    // EBADF.
    { kind: "exit_nonzero", exitCode: 8 },
  ],
  [
    "a socket that was not given",
    `${START} (call $exit (call $accept (i32.const 3) (i32.const 0) (i32.const 0))))`,
    { kind: "exit_nonzero" },
  ],
  [
    "names that are parts of JavaScript's objects",
    `${START}) ${["__proto__", "constructor", "then", "toString", "valueOf"]
      .map((name) => `(func (export "${name}") unreachable)`)
      .join(" ")}`,
    { kind: "ok" },
  ],
  ["a name of ours", `${START}) (func (export "outlayer.refused_growth"))`, { kind: "refused" }],
]

test.for(cases)("%s", async ([, body, outcome]) => {
  const execution = await run(await programOf(module(body)))

  const isSpent = outcome.kind === "out_of_fuel"
  expect(execution).toMatchObject({ outcome, ...(isSpent && { instructions: FUEL }) })
  await expectUndisturbed()
})

test.for([
  ["blocks nested 21,000 deep", [...repeat([0x02, 0x40], 21_000), ...repeat([0x0b], 21_000)]],
  ["a br_table of 100,000 labels", [0x41, 0, 0x0e, 0xa0, 0x8d, 0x06, ...repeat([0], 100_001)]],
] as const)("%s", async ([, code]) => {
  expect((await run(commandOf([0], code))).outcome).toMatchObject({ kind: "refused" })
  await expectUndisturbed()
})

const claim = [0xff, 0xff, 0xff, 0xff, 0x0f]
test.for([
  ["a segment that claims 4 GiB", [11, 11, 1, 0, 0x41, 0, 0x0b, ...claim, 0x78]],
  ["a passive segment that claims 4 GiB", [11, 8, 1, 1, ...claim, 0x78]],
  ["four billion segments", [11, 6, ...claim, 0]],
  ["a section of data that claims 4 GiB", [11, ...claim, 1, 1, 1, 0x78]],
] as const)("%s", async ([, section]) => {
  const bytes = Buffer.from(commandOf([0], []).wasm)

  const { outcome } = await run(identify(Buffer.concat([bytes, Buffer.from(section)])))

  expect(outcome).toMatchObject({ kind: "refused" })
  await expectUndisturbed()
})

test.for([
  `(import "__proto__" "constructor" (func))`,
  `(import "constructor" "prototype" (func))`,
  `(import "${WASI}" "__proto__" (func))`,
  `(import "${WASI}" "toString" (func (result i32)))`,
  `(import "${WASI}" "proc_exit" (func (param f64)))`,
  `(import "${WASI}" "proc_exit" (global i32))`,
  `(import "outlayer" "fuel" (func))`,
  `(import "outlayer" "fuel" (global (mut i64)))`,
  `(import "outlayer" "stack" (global (mut i32)))`,
])("an import that would be more than WASI's: %s", async (wanted) => {
  const text = `(module ${wanted} (memory (export "memory") 1) (func (export "_start")))`

  expect((await run(await programOf(text))).outcome).toMatchObject({ kind: "refused" })
  await expectUndisturbed()
})

test("a function of a million locals", async () => {
  const million = commandOf([1, 0xc0, 0x84, 0x3d, 0x7e], [])

  expect((await run(million)).outcome).toMatchObject({ kind: "refused" })
  await expectUndisturbed()
})

test("functions of very many locals each, which call each other, end at the stack", async () => {
  const many = `(local ${"i64 ".repeat(49_000)})`
  const body = `(func $a ${many} (call $b)) (func $b ${many} (call $a)) ${START} (call $a))`

  expect((await run(await programOf(module(body)))).outcome).toEqual({ kind: "stack_overflow" })
  await expectUndisturbed()
})

test.for([
  ["stdout", 1],
  ["stderr", 2],
] as const)("a flood of nothing on %s is kept nowhere", async ([, to]) => {
  // The list of buffers is empty memory: 1,024 of no length.
  const flood = await programOf(
    module(`${START} (loop
      (drop (call $write (i32.const ${to}) (i32.const 0) (i32.const 1024) (i32.const 8192)))
      (br 0)))`),
  )

  const execution = await run(flood, { maxInstructions: 100_000_000n, maxExecutionMs: 140_000 })

  expect(execution).toMatchObject({
    outcome: { kind: "out_of_fuel" },
    instructions: 100_000_000n,
  })
})

test("a flood on stderr leaves a tail, and costs what it is worth", async () => {
  const flood = await programOf(
    module(`(data (i32.const 0) "\\08\\00\\00\\00\\00\\10\\00\\00") ${START}
      (loop (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 4))) (br 0)))`),
  )

  const { outcome, output, stderrTail, instructions } = await run(flood)

  expect(outcome).toEqual({ kind: "out_of_fuel" })
  expect([output.length, instructions]).toEqual([0, FUEL])
  expect(stderrTail.length).toBeLessThan(100_000)
  await expectUndisturbed()
})

describe("secrets", () => {
  test("of one task are nowhere in the next one's memory or environment", async () => {
    const secret = "a secret of 32 characters, or so"
    const holder = await programOf(module(`${START} ${readEnvironment} (unreachable))`))
    // Looks through all the memory that it can get, and ends with 1 where a byte is not zero.
    const seeker = await programOf(
      module(`${START} (local $at i32)
        (drop (memory.grow (i32.const 63)))
        (loop (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (call $exit (i32.const 1))))
          (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 4194304))))
        ${readEnvironment} (call $exit (i32.load (i32.const 0))))`),
    )
    const environment = { SECRET: secret }

    const held = await sandbox.run(holder, { ...NO_INPUT, environment }, LIMITS)
    const sought = await sandbox.run(seeker, NO_INPUT, LIMITS)

    expect(held.outcome).toMatchObject({ kind: "trap" })
    expect(JSON.stringify(held.outcome) + text(held)).not.toContain(secret)
    expect(sought.outcome).toEqual({ kind: "ok" })
  })
})

describeNamespaces(() => {
  test("all of this is at level full", () => {
    expect(sandbox.level).toBe("full")
  })
})

const readEnvironment = `(drop (call $sizes (i32.const 0) (i32.const 4)))
  (drop (call $environ (i32.const 16) (i32.const 64)))`

function run(program: Program, limits: Partial<RunLimits> = {}): Promise<Execution> {
  return sandbox.run(program, NO_INPUT, {
    ...LIMITS,
    maxInstructions: FUEL,
    maxMemoryMb: 8,
    ...limits,
  })
}

async function expectUndisturbed() {
  const { outcome, instructions } = await run(innocent)
  expect([outcome, instructions]).toEqual([{ kind: "ok" }, undisturbed.instructions])
}

function module(body: string): string {
  const fn = (name: string, id: string, type: string) =>
    `(import "${WASI}" "${name}" (func ${id} ${type}))`
  return `(module
    ${fn("proc_exit", "$exit", "(param i32)")}
    ${fn("fd_write", "$write", "(param i32 i32 i32 i32) (result i32)")}
    ${fn("random_get", "$random", "(param i32 i32) (result i32)")}
    ${fn("clock_time_get", "$time", "(param i32 i64 i32) (result i32)")}
    ${fn("fd_prestat_get", "$prestat", "(param i32 i32) (result i32)")}
    ${fn("sock_accept", "$accept", "(param i32 i32 i32) (result i32)")}
    ${fn("environ_sizes_get", "$sizes", "(param i32 i32) (result i32)")}
    ${fn("environ_get", "$environ", "(param i32 i32) (result i32)")}
    (memory (export "memory") 1)
    ${body})`
}

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** A command of one function, whose last `end` is added. */
function commandOf(locals: readonly number[], code: readonly number[]): Program {
  const section = (id: number, content: readonly number[]) => [
    id,
    ...size(content.length),
    ...content,
  ]
  const start = [6, ...Buffer.from("_start"), 0, 0]
  const memory = [6, ...Buffer.from("memory"), 2, 0]
  const body = [...locals, ...code, 0x0b]
  return identify(
    Uint8Array.from([
      ...header,
      ...section(1, [1, 0x60, 0, 0]),
      ...section(3, [1, 0]),
      ...section(5, [1, 0, 1]),
      ...section(7, [2, ...start, ...memory]),
      ...section(10, [1, ...size(body.length), ...body]),
    ]),
  )
}

function repeat(code: readonly number[], times: number): number[] {
  return Array.from({ length: times }, () => code).flat()
}

function size(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...size(value >>> 7)]
}
