/** Components that say that WASI's functions take something else than they do, or that give too much. */
import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { RunLimits } from "../execution.ts"
import { identify } from "../program.ts"
import type { Sandbox } from "../sandbox.ts"
import { LIMITS, NO_INPUT, open } from "../sandbox-test.ts"

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await open({ levels: ["process"] })
})
afterAll(() => sandbox[Symbol.asyncDispose]())

interface OddGuest {
  /** Of `wasi:NAME`, and what it says of it. */
  name: string
  wit: string
  /** By its name in core wasm: `$it`, with parameters and result in words. */
  calls: readonly [name: string, params: string, result?: string]
  body: string
  /** More of the core module. */
  fields?: string
  stringEncoding?: "utf8" | "utf16"
}

describe("who calls what WASI has not ends by its own fault", () => {
  const cases: [what: string, guest: OddGuest][] = [
    [
      "texts for handles",
      {
        name: "io/poll",
        wit: "poll: func(in: list<string>) -> list<u32>;",
        calls: ["poll", "i32 i32 i32"],
        body: "(call $it (i32.const 0) (i32.const 1) (i32.const 64))",
      },
    ],
    [
      "a record that says how long it is for a list",
      {
        name: "io/poll",
        wit: "record odd { length: s32 } poll: func(in: odd) -> list<u32>;",
        calls: ["poll", "i32 i32"],
        body: "(call $it (i32.const -100000000) (i32.const 64))",
      },
    ],
    [
      "a length below zero",
      {
        name: "random/random",
        wit: "get-random-bytes: func(length: s64) -> list<u8>;",
        calls: ["get-random-bytes", "i64 i32"],
        body: "(call $it (i64.const -1000000000) (i32.const 64))",
      },
    ],
    [
      "a number for a text",
      {
        name: "sockets/ip-name-lookup",
        wit: "resolve-addresses: func(network: u32, name: u32) -> u32;",
        calls: ["resolve-addresses", "i32 i32", "i32"],
        body: "(drop (call $it (i32.const 0) (i32.const 64)))",
      },
    ],
    [
      "a value too many",
      {
        name: "clocks/monotonic-clock",
        wit: "now: func(odd: u32) -> u64;",
        calls: ["now", "i32", "i64"],
        body: "(drop (call $it (i32.const 0)))",
      },
    ],
    [
      "bytes for a constructor's handle",
      {
        name: "http/types",
        wit: "resource outgoing-request { constructor(headers: list<u8>); }",
        calls: ["[constructor]outgoing-request", "i32 i32", "i32"],
        body: "(drop (call $it (i32.const 0) (i32.const 8)))",
      },
    ],
    [
      "a resource that nobody can make",
      {
        name: "io/streams",
        wit: "record live { live: u32 } resource input-stream { constructor(maker: live); }",
        calls: ["[constructor]input-stream", "i32", "i32"],
        body: "(drop (call $it (i32.const 0)))",
      },
    ],
    [
      "a function that is ours alone",
      {
        name: "http/types",
        wit: "resource fields { from-headers: static func(odd: list<tuple<u32, u32>>); }",
        calls: ["[static]fields.from-headers", "i32 i32"],
        body: "(call $it (i32.const 0) (i32.const 1))",
      },
    ],
    [
      "a function that all our classes have",
      {
        name: "http/types",
        wit: "resource fields { is-real: static func(odd: u32) -> bool; }",
        calls: ["[static]fields.is-real", "i32", "i32"],
        body: "(drop (call $it (i32.const 0)))",
      },
    ],
    [
      "a property for a method",
      {
        name: "http/types",
        wit: "resource fields { constructor(); headers: func() -> u32; }",
        calls: ["[method]fields.headers", "i32", "i32"],
        fields: `(import "wasi:http/types@0.2.3" "[constructor]fields" (func $make (result i32)))`,
        body: "(drop (call $it (call $make)))",
      },
    ],
  ]
  test.for(cases)("%s", async ([, guest]) => {
    const { outcome, instructions } = await run(guest)

    expect(outcome).toMatchObject({ kind: "trap" })
    expect(instructions).toBeGreaterThan(10_000n)
  })

  test("who lends what WASI takes has lost it all the same", async () => {
    const { outcome } = await run({
      name: "http/types",
      wit: `resource fields { constructor(); }
        resource outgoing-body {
          finish: static func(this: borrow<outgoing-body>, trailers: option<fields>) -> result<_, u32>;
        }
        resource outgoing-request {
          constructor(headers: fields);
          body: func() -> result<outgoing-body>;
        }`,
      calls: ["[static]outgoing-body.finish", "i32 i32 i32 i32"],
      fields: `(import "wasi:http/types@0.2.3" "[constructor]fields" (func $fields (result i32)))
        (import "wasi:http/types@0.2.3" "[constructor]outgoing-request"
          (func $request (param i32) (result i32)))
        (import "wasi:http/types@0.2.3" "[method]outgoing-request.body"
          (func $body (param i32 i32)))`,
      body: `(local $body i32)
        (call $body (call $request (call $fields)) (i32.const 64))
        (local.set $body (i32.load (i32.const 68)))
        (call $it (local.get $body) (i32.const 0) (i32.const 0) (i32.const 128))
        (call $it (local.get $body) (i32.const 0) (i32.const 0) (i32.const 128))`,
    })

    expect(outcome).toMatchObject({ kind: "trap", trap: "a call that WASI has not" })
  })
})

describe("what the glue takes out of a guest's memory", () => {
  const resolve = (
    type: string,
    length: number,
    stringEncoding: "utf8" | "utf16" = "utf8",
  ): OddGuest => ({
    name: "sockets/ip-name-lookup",
    wit: `resolve-addresses: func(odd: ${type}) -> u32;`,
    calls: ["resolve-addresses", "i32 i32", "i32"],
    body: `(drop (call $it (i32.const 0) (i32.const ${length})))`,
    stringEncoding,
  })
  const takenBy = async (guest: OddGuest) => (await run(guest)).instructions

  test.for([
    ["string", "utf8", 1n],
    ["string", "utf16", 2n],
    ["list<u8>", "utf8", 1n],
    ["list<u64>", "utf8", 8n],
    ["list<bool>", "utf8", 51n],
    ["list<string>", "utf8", 58n],
    ["list<tuple<list<u8>, u64>>", "utf8", 66n],
  ] as const)("costs its bytes: %s in %s", async ([type, encoding, each]) => {
    const few = await takenBy(resolve(type, 100, encoding))
    const many = await takenBy(resolve(type, 500, encoding))

    expect(many - few).toBe(400n * each)
  })

  // Each of the lists has 8,000 that are the same 8,000 bytes as itself.
  const inEachOther: OddGuest = {
    ...resolve("list<list<list<list<string>>>>", 8000),
    body: `(local $at i32)
      (loop $l
        (i32.store (i32.add (local.get $at) (i32.const 4)) (i32.const 8000))
        (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8)))
          (i32.const 65536))))
      (drop (call $it (i32.const 0) (i32.const 8000)))`,
  }

  test("is paid before it is taken, be it lists in each other's bytes", async () => {
    const { outcome, instructions } = await run(inEachOther, { maxInstructions: 2_000_000n })

    expect(outcome).toEqual({ kind: "out_of_fuel" })
    expect(instructions).toBe(2_000_000n)
  })

  test("is never more than a host function could want", async () => {
    const values = await run(inEachOther)
    const bytes = await run({
      ...resolve("list<u8>", 65 * 1024 * 1024),
      fields: `(memory (export "memory") 1100)`,
    })

    expect(values.outcome).toMatchObject({ kind: "trap", trap: "more given than a call takes" })
    expect(bytes.outcome).toMatchObject({ kind: "trap", trap: "more given than a call takes" })
  })

  test("has no type that takes longer to go through than a call costs", async () => {
    const doubled = Array.from(
      { length: 11 },
      (_, index) => `record r${index + 1} { a: r${index}, b: r${index} }`,
    )
    const { outcome } = await run({
      ...resolve("list<r11>", 0),
      wit: `record r0 { a: u8, b: u8 } ${doubled.join(" ")}
        resolve-addresses: func(odd: list<r11>) -> u32;`,
    })

    expect(outcome).toEqual({
      kind: "refused",
      reason: "a call in it moves more than anybody needs",
    })
  })
})

async function run(
  { name, wit, calls, body, fields = "", stringEncoding = "utf8" }: OddGuest,
  limits: Partial<RunLimits> = {},
) {
  const [call, params, result] = calls
  const results = result ? `(result ${result})` : ""
  const memory = fields.includes("(memory") ? "" : `(memory (export "memory") 1)`
  const binary = await parse(`(module
    (import "wasi:${name}@0.2.3" "${call}" (func $it (param ${params}) ${results}))
    ${fields} ${memory}
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "wasi:cli/run@0.2.3#run") (result i32) ${body} (i32.const 0)))`)
  const [packageName, interfaceName] = name.split("/")
  const witSource = `package test:guest;
    world guest { import wasi:${name}@0.2.3; export wasi:cli/run@0.2.3; }
    package wasi:cli@0.2.3 { interface run { run: func() -> result; } }
    package wasi:${packageName}@0.2.3 { interface ${interfaceName} { ${wit} } }`
  const embedded = await componentEmbed({ binary, witSource, world: "guest", stringEncoding })
  return sandbox.run(identify(await componentNew(embedded)), NO_INPUT, {
    ...LIMITS,
    maxMemoryMb: 128,
    maxExecutionMs: 140_000,
    ...limits,
  })
}
