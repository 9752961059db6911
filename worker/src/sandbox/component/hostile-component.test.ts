import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { Program } from "../execution.ts"
import { identify } from "../program.ts"
import type { Sandbox } from "../sandbox.ts"
import { describeNamespaces, LIMITS, NO_INPUT, open, text } from "../sandbox-test.ts"
import { componentCommand, componentOf, write } from "./component.fixture.ts"

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await open({})
})
afterAll(() => sandbox[Symbol.asyncDispose]())

const run = (program: Program) => sandbox.run(program, NO_INPUT, LIMITS)

/** What could end a string, a comment, a template or a line in JavaScript. */
const BREAKERS = [
  `'`,
  `"`,
  "`",
  "\\",
  "\n",
  "\r",
  "\u2028",
  "\u2029",
  "*/",
  "//",
  "<!--",
  "${0}",
  "'];process.exit(0);//",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "a\0b",
  "ünï",
]

describe("names that would be more than names", () => {
  test.for(BREAKERS)("%j of a core module's export", async (name) => {
    const { outcome } = await run(await commandWith(`(func (export ${quote(name)}))`))

    expect(outcome).toMatchObject({ kind: "refused", reason: expect.stringMatching(/a name in/) })
  })

  test.for(BREAKERS)("%j of a core module's import", async (name) => {
    const program = await commandWith("", quote(name))

    expect((await run(program)).outcome).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(/a name in/),
    })
  })

  test.for([
    `url=<https://a.b/';process.exit();'>`,
    `locked-dep=<a:b/c@1.0.0>`,
    `unlocked-dep=<a:b/c@{>=1.0.0}>`,
    `integrity=<sha256-AAAA>`,
    "near:rpc/api@0.1.0",
    "wasi:cli/environment@0.3.0",
    "wasi:cli/other@0.2.0",
    "wasi:cli/environment",
    "plain-name",
  ])("an import of %j", async (name) => {
    const { outcome } = await run(
      await componentOf(`(component (import ${quote(name)} (instance)) ${ENTRY})`),
    )

    expect(outcome.kind).toBe("refused")
  })

  test("what only custom sections say reaches nothing", async () => {
    const odd = `$"'];throw 1;//"`
    const program = await componentOf(`(component ${odd}
      (core module ${odd} (func ${odd} (export "f")))
      (core instance ${odd} (instantiate ${odd}))
      (@custom "name" "'];throw 1;//")
      ${ENTRY})`)

    expect((await run(program)).outcome).toEqual({ kind: "ok" })
  })

  test("whatever else is in a name is harmless, wherever it is", async () => {
    const name = "aZ09_$.:@#|<>=,+/[] -"
    const program = await commandWith(`(func (export "${name}"))`, `"${name}"`)

    expect((await run(program)).outcome).toEqual({ kind: "ok" })
  })
})

describe("components that are none to run", () => {
  test.for([
    ["no entry", "(component)", /exports no wasi:cli\/run/],
    ["an entry that is no instance", `(component (type (export "wasi:cli/run@0.2.0") u8))`, /./],
    ["a core module's version in a component", "\0asm\x0d\0\x01\0\x01\x08\0asm\x01\0\0\0", /./],
    ["nothing but a header", "\0asm\x0d\0\x01\0", /exports no/],
    ["a section that is cut off", "\0asm\x0d\0\x01\0\x0a\x7f", /./],
    ["a section of another edition", "\0asm\x0d\0\x01\0\x0c\x01\0", /not supported/],
  ] as const)("%s", async ([, bytes, reason]) => {
    const program = bytes.startsWith("(")
      ? await componentOf(bytes)
      : identify(Buffer.from(bytes, "latin1"))

    expect((await run(program)).outcome).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(reason),
    })
  })

  test("components nested too deep", async () => {
    const header = Buffer.from("\0asm\x0d\0\x01\0", "latin1")
    let nested = header
    for (let depth = 0; depth < 1000; depth += 1) {
      const { length } = nested
      const size = [(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14]
      nested = Buffer.concat([header, Buffer.from([4, ...size]), nested])
    }

    expect((await run(identify(nested))).outcome).toEqual({
      kind: "refused",
      reason: "components nested too deep",
    })
  })

  test("one that unfolds into more than anybody runs", async () => {
    // Each level has ten of the one below.
    const levels = Array.from({ length: 8 }, (_, level) => level + 1)
    const unfolding = `(component
      (component $c0 (core module $m) (core instance (instantiate $m)))
      ${levels
        .map(
          (level) => `(component $c${level}
            (alias outer 1 $c${level - 1} (component $below))
            ${"(instance (instantiate $below))".repeat(10)})`,
        )
        .join("\n")}
      (instance (instantiate $c8)) ${ENTRY})`

    expect((await run(await componentOf(unfolding))).outcome.kind).toMatch(/refused|trap/)
  })
})

test("a megabyte of data that is made hundreds of times is paid for as often", async () => {
  const made = (times: number) => `(component
    (core module $m (data "${"x".repeat(2 ** 20)}"))
    ${"(core instance (instantiate $m))".repeat(times)} ${ENTRY})`

  const few = await run(await componentOf(made(10)))
  const many = await run(await componentOf(made(800)))

  expect(few.outcome).toEqual({ kind: "ok" })
  expect(few.instructions).toBeGreaterThan(10n * 2n ** 17n)
  expect(many).toMatchObject({
    outcome: { kind: "out_of_fuel" },
    instructions: LIMITS.maxInstructions,
  })
})

describe("what the canonical ABI does not allow", () => {
  const poll = ["wasi:clocks/monotonic-clock@0.2.3", "wasi:io/poll@0.2.3"]
  const subscribe = `(import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration"
    (func $subscribe (param i64) (result i32)))`
  const ready = `(import "wasi:io/poll@0.2.3" "[method]pollable.ready"
    (func $ready (param i32) (result i32)))`

  test("a handle of nothing is a trap", async () => {
    const wild = await componentCommand({
      imports: poll,
      core: `${ready} (body (call $ready (i32.const 77)))`,
    })
    const streamless = await componentCommand({
      core: `(body (call $write (i32.const 5) (i32.const 0) (i32.const 1) (i32.const 65000)) (i32.const 0))`,
    })

    expect((await run(wild)).outcome).toMatchObject({ kind: "trap" })
    expect((await run(streamless)).outcome).toMatchObject({ kind: "trap" })
  })

  test("a result's place outside of memory is a trap", async () => {
    const wild = await componentCommand({
      core: `(body (call $write (call $stdout) (i32.const 0) (i32.const 1) (i32.const 65536)) (i32.const 0))`,
    })

    expect((await run(wild)).outcome).toEqual({ kind: "trap", trap: "canonical ABI", where: [] })
  })

  test("a flood of handles ends in a trap", async () => {
    const flood = await componentCommand({
      imports: poll,
      core: `${subscribe} (body (loop $l (drop (call $subscribe (i64.const 1))) (br $l)) (i32.const 0))`,
    })

    expect((await run(flood)).outcome).toMatchObject({ kind: "trap", trap: "too many resources" })
  })

  test("handles that are given back can be had again", async () => {
    const steady = await componentCommand({
      imports: poll,
      core: `${subscribe}
        (import "wasi:io/poll@0.2.3" "[resource-drop]pollable" (func $drop (param i32)))
        (body (local $n i32) (local.set $n (i32.const 4500))
          (loop $l (call $drop (call $subscribe (i64.const 1)))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (i32.const 0))`,
    })

    expect((await run(steady)).outcome).toEqual({ kind: "ok" })
  })

  test("calls to nowhere and back end on fuel", async () => {
    const busy = await componentCommand({
      imports: ["wasi:clocks/monotonic-clock@0.2.3"],
      core: `(import "wasi:clocks/monotonic-clock@0.2.3" "now" (func $now (result i64)))
        (body (loop $l (drop (call $now)) (br $l)) (i32.const 0))`,
    })

    expect(
      await sandbox.run(busy, NO_INPUT, { ...LIMITS, maxInstructions: 10_000_000n }),
    ).toMatchObject({ outcome: { kind: "out_of_fuel" }, instructions: 10_000_000n })
  })

  test("more random bytes than there is memory are not made", async () => {
    const draw = await componentCommand({
      imports: ["wasi:random/random@0.2.3"],
      core: `(import "wasi:random/random@0.2.3" "get-random-bytes" (func $draw (param i64 i32)))
        (body (call $draw (i64.const -1) (i32.const 0)) (i32.const 0))`,
    })

    expect((await run(draw)).outcome).toMatchObject({ kind: "trap" })
  })
})

describe("work that the glue does before anything is paid", () => {
  test("ends a guest that calls itself through an allocation, on its own stack", async () => {
    const again = await componentCommand({
      imports: ["wasi:cli/environment@0.2.3"],
      core: `(import "wasi:cli/environment@0.2.3" "get-environment" (func $ask (param i32)))
        (body (call $ask (i32.const 0)) (i32.const 0))`,
      onAllocate: `(call $ask (i32.const 0))`,
    })

    const { outcome } = await sandbox.run(again, { ...NO_INPUT, environment: { A: "b" } }, LIMITS)

    expect(outcome).toEqual({ kind: "stack_overflow" })
  })

  test("of a list that fills the whole memory is not begun", async () => {
    const flood = await componentCommand({
      imports: ["wasi:clocks/monotonic-clock@0.2.3", "wasi:io/poll@0.2.3"],
      core: `(import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration"
          (func $subscribe (param i64) (result i32)))
        (import "wasi:io/poll@0.2.3" "poll" (func $poll (param i32 i32 i32)))
        (body (local $at i32) (local $handle i32)
          (local.set $handle (call $subscribe (i64.const 1)))
          (drop (memory.grow (i32.const 4000)))
          (local.set $at (i32.const 65536))
          (loop $l (i32.store (local.get $at) (local.get $handle))
            (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4)))
              (i32.const 250000000))))
          (call $poll (i32.const 65536) (i32.const 62000000) (i32.const 0)) (i32.const 0))`,
    })
    const limits = {
      ...LIMITS,
      maxInstructions: 10n ** 11n,
      maxMemoryMb: 512,
      maxExecutionMs: 140_000,
    }

    const { outcome } = await sandbox.run(flood, NO_INPUT, limits)

    expect(outcome).toMatchObject({ kind: "trap", trap: "more given than a call takes" })
  })
})

test("the next guest notices nothing", async () => {
  const hello = await componentCommand({
    core: `(data (i32.const 0) "hello\\n") (body ${write(0, 6)} (i32.const 0))`,
  })

  expect(text(await run(hello))).toBe("hello\n")
})

describeNamespaces(() => {
  test("all of this is at level full", () => {
    expect(sandbox.level).toBe("full")
  })
})

const ENTRY = `(core module $entry (func (export "run") (result i32) (i32.const 0)))
  (core instance $entry (instantiate $entry))
  (func $run (result (result)) (canon lift (core func $entry "run")))
  (instance $run-instance (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $run-instance))`

/** A command with one more core module, which may import a function by a name, and export by others. */
function commandWith(fields: string, importName?: string): Promise<Program> {
  const given = importName
    ? `(core module $given (func (export "f")))
       (core instance $given (instantiate $given))
       (alias core export $given "f" (core func $f))
       (core instance $bag (export ${importName} (func $f)))`
    : ""
  const [declared, instance] = importName
    ? [`(import ${importName} ${importName} (func))`, `(with ${importName} (instance $bag))`]
    : ["", ""]
  return componentOf(`(component ${given}
    (core module $odd ${declared} ${fields})
    (core instance (instantiate $odd ${instance}))
    ${ENTRY})`)
}

/** As the text format has strings. */
function quote(name: string): string {
  const escaped = [...Buffer.from(name)].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`)
  return `"${escaped.join("")}"`
}
