import { afterAll, beforeAll, expect, test } from "vitest"
import type { Sandbox } from "./sandbox.ts"
import { LIMITS, NO_INPUT, open } from "./sandbox-test.ts"
import { identify } from "./program.ts"
import { programOf } from "./test-guests.ts"

const WASI = "wasi_snapshot_preview1"
const MEMORY = `(memory (export "memory") 1)`
const MAIN = `${MEMORY} (func (export "_start"))`

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await open({})
})
afterAll(() => sandbox[Symbol.asyncDispose]())

const cases: [name: string, text: string, reason: RegExp][] = [
  ["no _start", `(memory (export "memory") 1)`, /_start/],
  ["a _start with values", `${MEMORY} (func (export "_start") (param i32))`, /_start/],
  ["no memory", `(func (export "_start"))`, /memory/],
  ["an import of ours unknown to WASI", `${fn("env", "f", "")} ${MAIN}`, /env\.f/],
  ["a WASI function by another type", `${fn(WASI, "fd_close", "(param f64)")} ${MAIN}`, /fd_close/],
  ["a name that JavaScript's objects have", `${fn(WASI, "toString", "")} ${MAIN}`, /toString/],
  ["a module that JavaScript's objects have", `${fn("constructor", "keys", "")} ${MAIN}`, /keys/],
  ["our counters", `(import "outlayer" "fuel" (global (mut i64))) ${MAIN}`, /./],
]
test.for(cases)("refused: %s", async ([, body, reason]) => {
  const program = await programOf(`(module ${body})`)

  const { outcome, instructions } = await sandbox.run(program, NO_INPUT, LIMITS)

  expect(outcome).toMatchObject({ kind: "refused", reason: expect.stringMatching(reason) })
  expect(instructions).toBe(0n)
})

test("refused: bytes that are no module", async () => {
  for (const bytes of [
    new Uint8Array(0),
    Buffer.from("#!/bin/sh"),
    new Uint8Array(100).fill(255),
  ]) {
    const { outcome } = await sandbox.run(identify(bytes), NO_INPUT, LIMITS)
    expect(outcome.kind).toBe("refused")
  }
})

test("a start function is metered like all else", async () => {
  const program = await programOf(`(module ${MAIN} (func $f (loop $l (br $l))) (start $f))`)

  const { outcome } = await sandbox.run(program, NO_INPUT, LIMITS)

  expect(outcome).toEqual({ kind: "out_of_fuel" })
})

function fn(module: string, name: string, type: string): string {
  return `(import "${module}" "${name}" (func ${type}))`
}
