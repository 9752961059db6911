import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Program, RunLimits } from "../execution.ts"
import type { Level } from "../levels.ts"
import type { Sandbox } from "../sandbox.ts"
import { describeLevels, LIMITS, NO_INPUT, open, text } from "../sandbox-test.ts"
import { componentCommand, componentOf, write } from "./component.fixture.ts"

const HELLO = `(data (i32.const 0) "hello from a component\\n")`
const OK = `(i32.const 0)`

/** Most of the time goes into transpiling, at each level anew: the strongest stands for both. */
describeLevels(testComponents, ["full"])

function testComponents(level: Level): void {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await open({ levels: [level] })
  })
  afterAll(() => sandbox[Symbol.asyncDispose]())

  const run = (program: Program, limits?: Partial<RunLimits>) =>
    sandbox.run(program, NO_INPUT, { ...LIMITS, ...limits })

  test("what a component writes is the output, and the same run costs the same fuel", async () => {
    const hello = await componentCommand({ core: `${HELLO} (body ${write(0, 23)} ${OK})` })

    const [first, second] = [await run(hello), await run(hello)]

    expect(first).toMatchObject({ outcome: { kind: "ok" }, level })
    expect(text(first)).toBe("hello from a component\n")
    expect(first.instructions).toBeGreaterThan(10_000n)
    expect(second.instructions).toBe(first.instructions)
    expect(second.record?.meteredHash).toBe(first.record?.meteredHash)
  })

  test("versions of 0.2 may be mixed", async () => {
    const imports = ["wasi:random/random@0.2.0", "wasi:clocks/wall-clock@0.2.12"]
    const core = `
      (import "wasi:random/random@0.2.0" "get-random-u64" (func $draw (result i64)))
      (import "wasi:clocks/wall-clock@0.2.12" "now" (func $now (param i32)))
      ${HELLO}
      (body (drop (call $draw)) (call $now (i32.const 64)) ${write(0, 23)}
        (i64.lt_u (i64.load (i32.const 64)) (i64.const 1700000000)))`
    const mixed = await componentCommand({ imports, core, version: "0.2.6" })

    expect(await run(mixed)).toMatchObject({ outcome: { kind: "ok" } })
  })

  test("an error as result is exit code 1, and exit has its own", async () => {
    const imports = ["wasi:cli/exit@0.2.3"]
    const exit = (name: string, value: number) =>
      componentCommand({
        imports,
        core: `(import "wasi:cli/exit@0.2.3" "${name}" (func $exit (param i32)))
          ${HELLO} (body (call $exit (i32.const ${value})) ${write(0, 5)} ${OK})`,
      })

    const failing = await run(await componentCommand({ core: `(body (i32.const 1))` }))
    const ended = await run(await exit("exit", 0))

    expect(failing.outcome).toEqual({ kind: "exit_nonzero", exitCode: 1 })
    expect(ended.outcome).toEqual({ kind: "ok" })
    expect(text(ended)).toBe("")
    expect((await run(await exit("exit", 1))).outcome).toMatchObject({ exitCode: 1 })
    expect((await run(await exit("exit-with-code", 7))).outcome).toMatchObject({ exitCode: 7 })
  })

  test("a loop ends on fuel, or on the clock, at exactly what it may spend", async () => {
    const loop = await componentCommand({ core: `(body (loop $l (br $l)) ${OK})` })

    const spent = await run(loop, { maxInstructions: 1_000_000n })
    const late = await run(loop, { maxInstructions: 10n ** 17n, maxExecutionMs: 200 })

    expect(spent).toMatchObject({ outcome: { kind: "out_of_fuel" }, instructions: 1_000_000n })
    expect(late).toMatchObject({ outcome: { kind: "timed_out" }, timeMs: 200 })
    expect(late.instructions).toBeGreaterThan(1000n)
  })

  test("a trap says which and where, and recursion overflows our stack before V8's", async () => {
    const divide = await componentCommand({
      core: `(func $split (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
        (body (call $split (i32.const 0)))`,
    })
    const deep = await componentCommand({
      core: `(func $f (result i32) (i32.add (call $f) (i32.const 1))) (body (call $f))`,
    })

    const { outcome } = await run(divide)
    expect(outcome).toMatchObject({ kind: "trap", trap: "integer divide by zero" })
    const where = outcome.kind === "trap" ? outcome.where : []
    expect(where.slice(0, 2)).toMatchObject([
      { module: "core", name: "split", function: 2 },
      { module: "core", function: 3 },
    ])
    expect((await run(deep)).outcome).toEqual({ kind: "stack_overflow" })
  })

  test("output ends at its limit, at once", async () => {
    const flood = await componentCommand({
      core: `${HELLO} (body (loop $l ${write(0, 23)} (br $l)) ${OK})`,
    })

    const execution = await run(flood, { maxOutputBytes: 30 })

    expect(execution.outcome).toEqual({ kind: "output_too_large" })
    expect(text(execution)).toBe("hello from a component\nhello f")
  })

  test("memory beyond the limit is told from other failures", async () => {
    const greedy = await componentCommand({
      core: `(body (if (i32.eq (memory.grow (i32.const 200)) (i32.const -1)) (then unreachable)) ${OK})`,
    })

    expect((await run(greedy, { maxMemoryMb: 16 })).outcome).toEqual({ kind: "ok" })
    expect((await run(greedy, { maxMemoryMb: 8 })).outcome).toEqual({ kind: "out_of_memory" })
  })

  test("an hour's wait takes no time, and the clock knows of it", async () => {
    const waits = await componentCommand({
      imports: ["wasi:clocks/monotonic-clock@0.2.3", "wasi:io/poll@0.2.3"],
      core: `
        (import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $now (result i64)))
        (import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration"
          (func $subscribe (param i64) (result i32)))
        (import "wasi:io/poll@0.2.3" "poll" (func $poll (param i32 i32 i32)))
        (body (local $started i64)
          (local.set $started (call $now))
          (i32.store (i32.const 0) (call $subscribe (i64.const 7200_000_000_000)))
          (i32.store (i32.const 4) (call $subscribe (i64.const 3600_000_000_000)))
          (call $poll (i32.const 0) (i32.const 2) (i32.const 16))
          ;; One is ready, the second.
          (if (i32.ne (i32.load (i32.const 20)) (i32.const 1)) (then unreachable))
          (if (i32.ne (i32.load (i32.load (i32.const 16))) (i32.const 1)) (then unreachable))
          (i64.gt_u (i64.sub (i64.sub (call $now) (local.get $started)) (i64.const 3600_000_000_000))
            (i64.const 1_000_000)))`,
    })

    const execution = await run(waits)

    expect(execution.outcome).toEqual({ kind: "ok" })
  })

  test("the same request draws differently each time", async () => {
    const draw = await componentCommand({
      imports: ["wasi:random/random@0.2.3"],
      core: `(import "wasi:random/random@0.2.3" "get-random-bytes" (func $draw (param i64 i32)))
        (body (call $draw (i64.const 16) (i32.const 0))
          (call $write (call $stdout) (i32.load (i32.const 0)) (i32.load (i32.const 4)) (i32.const 64))
          ${OK})`,
    })

    const [first, second] = [await run(draw), await run(draw)]

    expect(first.output).toHaveLength(16)
    expect(second.output).toHaveLength(16)
    expect(Buffer.from(second.output)).not.toEqual(Buffer.from(first.output))
    expect(second.instructions).toBe(first.instructions)
  })
}

describe("all modules of a component", () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await open({})
  })
  afterAll(() => sandbox[Symbol.asyncDispose]())

  const run = (program: Program, limits?: Partial<RunLimits>) =>
    sandbox.run(program, NO_INPUT, { ...LIMITS, ...limits })

  test("have one fuel, not one each", async () => {
    const spender = await componentOf(
      inModules(
        4,
        `(local i32) (local.set 0 (i32.const 10000))
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))`,
      ),
    )

    const { outcome, instructions } = await run(spender)

    expect(outcome).toEqual({ kind: "ok" })
    expect(instructions).toBeGreaterThan(4n * 50_000n)
    expect((await run(spender, { maxInstructions: 150_000n })).outcome).toEqual({
      kind: "out_of_fuel",
    })
  })

  test("have one memory limit, not one each", async () => {
    const grower = await componentOf(
      inModules(
        3,
        `(if (i32.eq (memory.grow (i32.const 100))
      (i32.const -1)) (then unreachable))`,
      ),
    )

    expect((await run(grower, { maxMemoryMb: 20 })).outcome).toEqual({ kind: "ok" })
    expect((await run(grower, { maxMemoryMb: 16 })).outcome).toEqual({ kind: "out_of_memory" })
  })

  test("take what they start with from that limit, too", async () => {
    const large = await componentOf(inModules(3, "", 100))

    expect((await run(large, { maxMemoryMb: 19 })).outcome).toEqual({ kind: "ok" })
    expect((await run(large, { maxMemoryMb: 18 })).outcome).toEqual({ kind: "out_of_memory" })
  })

  test("pay from it also where components in a component call each other", async () => {
    const ends = await componentOf(joined(""))
    const never = await componentOf(joined("(loop $l (br $l))"))

    expect((await run(ends)).outcome).toEqual({ kind: "ok" })
    expect(await run(never, { maxInstructions: 1_000_000n })).toMatchObject({
      outcome: { kind: "out_of_fuel" },
      instructions: 1_000_000n,
    })
  })

  test("pay for each unit of a text that changes its encoding on the way", async () => {
    const changes = (length: number) => componentOf(joined("", { encoding: "utf16", length }))

    const [little, much] = [await run(await changes(5)), await run(await changes(60_005))]

    expect([little.outcome, much.outcome]).toEqual([{ kind: "ok" }, { kind: "ok" }])
    expect(much.instructions - little.instructions).toBeGreaterThan(8n * 60_000n)
  })

  test("may be hundreds, and pay for each", async () => {
    const hundreds = await componentOf(inModules(300, ""))

    const { outcome, instructions } = await run(hundreds, { maxMemoryMb: 64 })

    expect(outcome).toEqual({ kind: "ok" })
    expect(instructions).toBeGreaterThan(300n * 20_000n)
    expect((await run(await componentOf(inModules(501, "")))).outcome).toEqual({
      kind: "refused",
      reason: "more than 500 core modules",
    })
  })
})

/** One component tells another how long its text is. */
function joined(body: string, { encoding = "utf8", length = 5 } = {}): string {
  return `(component
    (component $inner
      (core module $m (memory (export "memory") 4)
        (func (export "allocate") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "length") (param i32 i32) (result i32) ${body} (local.get 1)))
      (core instance $i (instantiate $m))
      (func (export "length") (param "text" string) (result u32)
        (canon lift (core func $i "length") (memory (core memory $i "memory")) (realloc (core func $i "allocate")) string-encoding=${encoding})))
    (component $main
      (import "length" (func $length (param "text" string) (result u32)))
      (core module $memory (memory (export "memory") 1) (data (i32.const 8) "${"h".repeat(length)}"))
      (core instance $memory (instantiate $memory))
      (core func $lowered (canon lower (func $length) (memory (core memory $memory "memory"))))
      (core module $m (import "other" "length" (func $length (param i32 i32) (result i32)))
        (func (export "run") (result i32)
          (i32.ne (call $length (i32.const 8) (i32.const ${length})) (i32.const ${length}))))
      (core instance $i
        (instantiate $m (with "other" (instance (export "length" (func $lowered))))))
      (func $run (result (result)) (canon lift (core func $i "run")))
      (instance $entry (export "run" (func $run)))
      (export "wasi:cli/run@0.2.0" (instance $entry)))
    (instance $inner (instantiate $inner))
    (instance $main (instantiate $main (with "length" (func $inner "length"))))
    (alias export $main "wasi:cli/run@0.2.0" (instance $run))
    (export "wasi:cli/run@0.2.0" (instance $run)))`
}

/** So many core modules, each with a memory of its own, of which the first calls the others. */
function inModules(count: number, body: string, pages = 1): string {
  const others = Array.from({ length: count - 1 }, (_, index) => index)
  return `(component
    ${others
      .map(
        (index) => `(core module $m${index}
          (memory ${pages}) (func (export "work") ${body}))
        (core instance $i${index} (instantiate $m${index}))`,
      )
      .join("\n")}
    (core module $first
      ${others.map((index) => `(import "i${index}" "work" (func $f${index}))`).join("\n")}
      (memory ${pages}) (func $work ${body})
      (func (export "run") (result i32)
        ${others.map((index) => `(call $f${index})`).join("\n")}
        (call $work) (i32.const 0)))
    (core instance $first (instantiate $first
      ${others.map((index) => `(with "i${index}" (instance $i${index}))`).join("\n")}))
    (func $run (result (result)) (canon lift (core func $first "run")))
    (instance $entry (export "run" (func $run)))
    (export "wasi:cli/run@0.2.0" (instance $entry)))`
}
