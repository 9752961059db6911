/** What may be seen of a NaN is canonical if arithmetic made it, and else as it was. */
import { describe, expect, test } from "vitest"
import { meterForGuest, meterForNear } from "../index.ts"
import { hostOf } from "../testing/run-metered.ts"
import { wat } from "../testing/wat.ts"

const CANONICAL = 0x7ff8_0000_0000_0000n
const PAYLOAD = 0x7ff8_0000_0000_1234n
/** Arithmetic with a NaN, which V8 would pass on with its payload. */
const sum = "(f64.add (local.get $nan) (f64.const 1))"

const cases: [what: string, code: string, bits: bigint][] = [
  ["a result that is seen", `(i64.reinterpret_f64 ${sum})`, CANONICAL],
  ["the end of a chain", `(i64.reinterpret_f64 (f64.sqrt (f64.mul ${sum} ${sum})))`, CANONICAL],
  ["the negated result", `(i64.reinterpret_f64 (f64.neg ${sum}))`, CANONICAL | (1n << 63n)],
  ["a sign that is copied", `(i64.reinterpret_f64 (f64.copysign (f64.const 2) ${sum}))`, 1n << 62n],
  ["a moved operand", "(i64.reinterpret_f64 (local.get $nan))", PAYLOAD],
  [
    "a local fed in a loop and seen behind it",
    `(loop (local.set $x (f64.add (local.get $x) ${sum}))
       (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
     (i64.reinterpret_f64 (local.get $x))`,
    CANONICAL,
  ],
  [
    "a local fed behind a loop and seen in it",
    `(local.set $x ${sum})
     (loop (result i64) (i64.reinterpret_f64 (local.get $x))
       (br_if 1 (i32.ge_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3)))
       (drop) (br 0))`,
    CANONICAL,
  ],
  [
    "a local that is fed and seen at once",
    `(i64.reinterpret_f64 (local.tee $x ${sum}))`,
    CANONICAL,
  ],
  [
    "a local that arithmetic sees too",
    `(loop (drop (f64.add (local.tee $x ${sum}) (local.get $x)))) (i64.reinterpret_f64 (local.get $x))`,
    CANONICAL,
  ],
  [
    "a local that is fed in two ways",
    `(loop (drop (f64.sqrt (local.tee $x ${sum})))) (local.set $x (local.get $nan))
     (i64.reinterpret_f64 (local.get $x))`,
    PAYLOAD,
  ],
  [
    "a copy of a local",
    `(loop (local.set $x ${sum}) (local.set $y (local.get $x)) (drop (f64.sqrt (local.get $y))))
     (i64.reinterpret_f64 (local.get $y))`,
    CANONICAL,
  ],
  [
    "a copy of a copy of what was moved",
    `(loop (local.set $x ${sum}) (local.set $x (local.get $y)) (local.set $y (local.get $nan))
       (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
     (i64.reinterpret_f64 (local.get $x))`,
    PAYLOAD,
  ],
  [
    "a constant that is a NaN",
    `(loop (drop (f64.sqrt (local.tee $x ${sum})))) (local.set $x (f64.const nan:0x8000000001234))
     (i64.reinterpret_f64 (local.get $x))`,
    PAYLOAD,
  ],
  [
    "a parameter that is set",
    `(loop (local.set $nan ${sum})) (i64.reinterpret_f64 (local.get $nan))`,
    CANONICAL,
  ],
  [
    "what a branch carries",
    `(i64.reinterpret_f64 (block (result f64) (br_if 0 ${sum} (i32.const 1))))`,
    CANONICAL,
  ],
  [
    "what is stored",
    `(loop (local.set $x ${sum}) (f64.store (i32.const 0) (local.get $x)))
     (i64.load (i32.const 0))`,
    CANONICAL,
  ],
  [
    "another shape's lanes",
    `(i64x2.extract_lane 0 (f64x2.abs (f64x2.add (f64x2.splat (local.get $nan)) (v128.const f64x2 1 1))))`,
    CANONICAL,
  ],
]

describe.each([
  ["a guest", (wasm: Uint8Array) => meterForGuest(wasm, { maxMemoryPages: 1 })],
  ["a contract", meterForNear],
])("in %s", (who, meter) => {
  const known = cases.filter(([, code]) => who === "a guest" || !code.includes("x2."))

  test.each(known)("%s", async (_, code, bits) => {
    const text = `(module (memory 1) (func $main (param $nan f64) (result i64)
        (local $x f64) (local $y f64) (local $i i32) ${code})
      (func (export "main") (result i64)
        (call $main (f64.reinterpret_i64 (i64.const ${PAYLOAD})))))`
    const host = hostOf(meter(await wat(text)))

    expect(BigInt.asUintN(64, host.call("main") as bigint)).toBe(bits)
  })
})
