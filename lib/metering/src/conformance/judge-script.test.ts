/** A script of our own, in the form that the specification's have once they are converted. */
import { expect, test } from "vitest"
import { wat } from "../testing/wat.ts"
import type { Command, Value } from "./commands.ts"
import { judgeScript } from "./judge-script.ts"

const i32 = (value: number): Value => ({ type: "i32", value: String(value) })
const f64 = (value: string): Value => ({ type: "f64", value })
const invoke = (field: string, ...args: Value[]) => ({ type: "invoke" as const, field, args })
const assertReturn = (field: string, args: Value[], ...expected: Value[]) => ({
  type: "assert_return",
  action: invoke(field, ...args),
  expected,
})

const numbers = `(module
  (memory (export "memory") 1)
  (global (export "global") i32 (i32.const 7))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))
  (func (export "both") (param i32 f64) (result f64 i32)
    (i32.store (i32.const 8) (local.get 0)) (local.get 1) (local.get 0))
  (func (export "sum") (param f64 f64) (result f64) (f64.add (local.get 0) (local.get 1)))
  (func (export "twice") (param v128) (result v128) (i32x4.add (local.get 0) (local.get 0)))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (func $deep (export "deep") (call $deep)))`

test("a script that ends alike, raw and metered, has no faults", async () => {
  const lanes = (...value: string[]): Value => ({ type: "v128", lane_type: "i32", value })
  const judgement = await judge([
    { type: "module", text: numbers },
    { type: "register", as: "numbers" },
    assertReturn("divide", [i32(7), i32(2)], i32(3)),
    assertReturn("both", [i32(7), f64("4607182418800017408")], f64("4607182418800017408"), i32(7)),
    // A payload that arithmetic may pass on: raw V8 does, metered it is canonical.
    assertReturn("sum", [f64("9221120237041090561"), f64("0")], f64("nan:arithmetic")),
    assertReturn("twice", [lanes("1", "2", "3", "4")], lanes("2", "4", "6", "8")),
    assertReturn("same", [{ type: "externref", value: "5" }], { type: "externref", value: "5" }),
    { type: "assert_return", action: { type: "get", field: "global" }, expected: [i32(7)] },
    { type: "assert_trap", action: invoke("divide", i32(1), i32(0)) },
    { type: "assert_exhaustion", action: invoke("deep") },
    {
      type: "module",
      text: `(module (import "numbers" "divide" (func $f (param i32 i32) (result i32)))
        (func (export "half") (param i32) (result i32) (call $f (local.get 0) (i32.const 2))))`,
    },
    assertReturn("half", [i32(8)], i32(4)),
    { type: "assert_unlinkable", text: `(module (import "numbers" "none" (func)))` },
    { type: "assert_invalid", text: "(module (func (result i32)))" },
    { type: "assert_malformed", module_type: "text" },
  ])

  expect(judgement).toMatchObject({
    faults: [],
    unlikeScript: [],
    otherNans: 1,
    text: 1,
    notRun: 0,
  })
  expect(judgement.equal).toBe(13)
})

test("what is refused by name is counted, and what needs it is not run", async () => {
  const judgement = await judge([
    { type: "module", name: "$m", text: `(module (memory 1 1 shared) (func (export "f")))` },
    { type: "register", as: "m", name: "$m" },
    { type: "assert_return", action: invoke("f"), expected: [] },
    { type: "module", text: `(module (import "m" "f" (func)))` },
  ])

  expect([...judgement.refused.values()]).toEqual([1])
  expect([...judgement.refused.keys()][0]).toMatch(/^unsupported: shared/)
  expect(judgement).toMatchObject({ faults: [], equal: 0, notRun: 2 })
})

test("a difference is a fault, and what neither gives is not as the script says", async () => {
  const bits = `(module (func (export "bits") (param f64) (result i64)
    (i64.reinterpret_f64 (f64.add (local.get 0) (f64.const 1)))) (func (export "one") (result i32) (i32.const 1)))`
  const judgement = await judge([
    { type: "module", text: bits },
    assertReturn("bits", [f64("9221120237041090561")], {
      type: "i64",
      value: "9221120237041090561",
    }),
    assertReturn("one", [], i32(2)),
    { type: "assert_invalid", text: "(module)" },
  ])

  expect(judgement.faults).toEqual(["own:2: 010000000000f87f raw, 000000000000f87f metered"])
  expect(judgement.unlikeScript).toEqual([
    "own:3: assert_return: 01000000",
    "own:4: assert_invalid: is taken, by V8 too",
  ])
})

async function judge(commands: Omit<Command, "line">[]) {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const { text } of commands) if (text !== undefined) files.set(text, await wat(text))
  const read = (name: string) => files.get(name) ?? new Uint8Array(0)
  const lines = commands.map((command, index) => ({
    ...command,
    line: index + 1,
    ...(command.text !== undefined && { filename: command.text }),
  }))
  return judgeScript({ source: "own", commands: lines, read })
}
