/** Guests that are after the host's memory and time by what they say of requests. */
import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { Program } from "../execution.ts"
import { identify } from "../program.ts"
import type { Sandbox } from "../sandbox.ts"
import { LIMITS, NO_INPUT, open } from "../sandbox-test.ts"

/** More than headers may take, less than a call may give. */
const PAGES = 300
const LENGTH = PAGES * 65_536 - 65_536

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await open({ levels: ["process"] })
})
afterAll(() => sandbox[Symbol.asyncDispose]())

test("a header as long as all its memory ends the guest, as its own fault", async () => {
  const guest = await componentOf(`(call $append (call $fields)
    (i32.const 0) (i32.const 1) (i32.const 0) (i32.const ${LENGTH}) (i32.const ${LENGTH}))`)

  const { outcome, instructions } = await run(guest)

  expect(outcome).toMatchObject({ kind: "trap", trap: "too many headers" })
  expect(instructions).toBeGreaterThan(BigInt(LENGTH))
})

test("texts as long as all its memory are paid for", async () => {
  const guest = await componentOf(`(local.set $it (call $request (call $fields)))
    (loop $again
      (drop (call $authority (local.get $it) (i32.const 1) (i32.const 0) (i32.const ${LENGTH})))
      (br $again))`)

  expect((await run(guest)).outcome).toEqual({ kind: "out_of_fuel" })
})

test("requests without end are ended", async () => {
  const guest = await componentOf(`(loop $again (drop (call $request (call $fields))) (br $again))`)

  expect((await run(guest)).outcome).toMatchObject({ kind: "trap", trap: "too many resources" })
})

function run(program: Program) {
  const limits = { ...LIMITS, maxMemoryMb: 512, maxInstructions: 1_000_000_000n }
  return sandbox.run(program, NO_INPUT, limits)
}

/** A command with so much memory, full of `a`. */
async function componentOf(body: string): Promise<Program> {
  const from = `import "wasi:http/types@0.2.3"`
  const binary = await parse(`(module
    (${from} "[constructor]fields" (func $fields (result i32)))
    (${from} "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))
    (${from} "[constructor]outgoing-request" (func $request (param i32) (result i32)))
    (${from} "[method]outgoing-request.set-authority"
      (func $authority (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") ${PAGES})
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
    (func (export "wasi:cli/run@0.2.3#run") (result i32) (local $it i32)
      (memory.fill (i32.const 0) (i32.const 97) (i32.const ${LENGTH}))
      ${body}
      (i32.const 0)))`)
  return identify(
    await componentNew(await componentEmbed({ binary, witSource: WIT, world: "guest" })),
  )
}

const WIT = `package test:guest;
  world guest {
    import wasi:http/types@0.2.3;
    export wasi:cli/run@0.2.3;
  }
  package wasi:cli@0.2.3 {
    interface run { run: func() -> result; }
  }
  package wasi:http@0.2.3 {
    interface types {
      variant header-error { invalid-syntax, forbidden, immutable }
      resource fields {
        constructor();
        append: func(name: string, value: list<u8>) -> result<_, header-error>;
      }
      resource outgoing-request {
        constructor(headers: fields);
        set-authority: func(authority: option<string>) -> result;
      }
    }
  }`
