import { describe, expect, it } from "vitest"
import { EXT_COSTS, REGULAR_OP } from "./parameters.ts"
import { callText, MapWorld } from "./testing/call-text.ts"
import { wat } from "./testing/wat.ts"

describe("a call", () => {
  it("pays for loading, its frame and its operators", async () => {
    const text = '(module (func (export "main") (drop (i32.add (i32.const 1) (i32.const 2)))))'

    const outcome = await callText(text, "main")

    const loading =
      EXT_COSTS.contract_loading_base +
      EXT_COSTS.contract_loading_bytes * BigInt((await wat(text)).length)
    // A frame of 64 bytes is 8 operators; then two constants, an addition and a drop.
    expect(outcome.burntGas).toBe(loading + (8n + 4n) * REGULAR_OP)
    expect(outcome.error).toBeUndefined()
  })

  it("costs nothing where the method is not there", async () => {
    const text = '(module (func (export "main")) (func (export "param") (param i32)))'

    const names = await Promise.all(
      ["absent", "param", ""].map(async (method) => {
        const { burntGas, error } = await callText(text, method)
        return [burntGas, error?.name]
      }),
    )

    expect(names).toEqual([
      [0n, "MethodNotFound"],
      [0n, "MethodInvalidSignature"],
      [0n, "MethodEmptyName"],
    ])
  })

  it("pays for loading a contract that asks for what the chain does not have", async () => {
    const text = '(module (import "env" "make_coffee" (func)) (func (export "main")))'

    const { burntGas, error } = await callText(text, "main")

    expect(error?.debug).toBe('LinkError { msg: "unknown or invalid import" }')
    expect(burntGas).toBeGreaterThan(0n)
  })

  it("names a trap as nearcore does", async () => {
    const text = `(module (memory 1) (table 2 funcref)
      (type $t (func (param i32)))
      (func $f) (elem (i32.const 0) $f)
      (func (export "stop") unreachable)
      (func (export "divide") (drop (i32.div_u (i32.const 1) (i32.const 0))))
      (func (export "load") (drop (i32.load (i32.const -1))))
      (func (export "mistyped") (call_indirect (type $t) (i32.const 0) (i32.const 0)))
      (func (export "null") (call_indirect (i32.const 1)))
      (func (export "beyond") (call_indirect (i32.const 9))))`
    const methods = ["stop", "divide", "load", "mistyped", "null", "beyond"]

    const outcomes = await Promise.all(methods.map((method) => callText(text, method)))

    expect(outcomes.map(({ error }) => error?.name)).toEqual([
      "Unreachable",
      "IllegalArithmetic",
      "MemoryOutOfBounds",
      "IncorrectCallIndirectSignature",
      "IndirectCallToNull",
      "MemoryOutOfBounds",
    ])
  })

  it("ends when its gas does, and burns all of it", async () => {
    const text = '(module (func (export "main") (loop (br 0))))'

    const outcome = await callText(text, "main", { context: { prepaidGas: 10n ** 12n } })

    expect(outcome.error?.name).toBe("GasExceeded")
    expect(outcome.burntGas).toBe(10n ** 12n)
  })

  it("recurses as deep as NEAR's stack, not deeper", async () => {
    const text = `(module (import "env" "value_return" (func $return (param i64 i64))) (memory 1)
      (func $f (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (call $f))
      (func (export "main") (call $f)))`

    const { error } = await callText(text, "main")

    // Of 262,144 bytes, whose end nearcore calls so.
    expect(error?.name).toBe("MemoryAccessViolation")
  })

  it("starts with zeros, whatever the call before wrote", async () => {
    const text = `(module (import "env" "value_return" (func $return (param i64 i64))) (memory 1)
      (func (export "main")
        (call $return (i64.const 4) (i64.const 70000))
        (i32.store (i32.const 70000) (i32.const 7))))`

    const outcomes = [await callText(text, "main"), await callText(text, "main")]

    const zeros = { kind: "value", value: new Uint8Array(4) }
    expect(outcomes.map(({ returned }) => returned)).toEqual([zeros, zeros])
  })

  it("leaves its logs behind when it panics", async () => {
    const text = `(module (import "env" "log_utf8" (func $log (param i64 i64)))
      (import "env" "panic_utf8" (func $panic (param i64 i64))) (memory 1)
      (data (i32.const 0) "before\\"oh\\"")
      (func (export "main")
        (call $log (i64.const 6) (i64.const 0))
        (call $panic (i64.const 4) (i64.const 6))))`

    const { logs, error } = await callText(text, "main")

    expect(logs).toEqual(["before"])
    expect(error?.message).toBe('Smart contract panicked: "oh"')
    expect(error?.debug).toBe(String.raw`HostError(GuestPanic { panic_msg: "\"oh\"" })`)
  })
})

describe("host functions", () => {
  it("write storage, and count its bytes", async () => {
    const text = `(module
      (import "env" "storage_write" (func $write (param i64 i64 i64 i64 i64) (result i64)))
      (memory 1) (data (i32.const 0) "keyvalue")
      (func (export "main")
        (drop (call $write (i64.const 3) (i64.const 0) (i64.const 5) (i64.const 3) (i64.const 0)))))`
    const world = new MapWorld()

    const first = await callText(text, "main", { world })
    const second = await callText(text, "main", { world })
    const inView = await callText(text, "main", { world, context: { isView: true } })

    expect(world.storage.get("6b6579")).toEqual(new Uint8Array(Buffer.from("value")))
    expect([first.storageUsage, second.storageUsage]).toEqual([1000n + 3n + 5n + 40n, 1000n])
    expect(second.profile.ext["storage_write_evicted_byte"]).toBe(5n * 32_117_307n)
    expect(inView.error?.debug).toBe('HostError(ProhibitedInView { method_name: "storage_write" })')
  })

  it("make a callback wait, and answer it in the same call", async () => {
    const text = `(module
      (import "env" "promise_yield_create"
        (func $create (param i64 i64 i64 i64 i64 i64 i64) (result i64)))
      (import "env" "promise_yield_resume" (func $resume (param i64 i64 i64 i64) (result i32)))
      (import "env" "promise_return" (func $return (param i64)))
      (memory 1) (data (i32.const 0) "callback")
      (func (export "main")
        (call $return (call $create (i64.const 8) (i64.const 0) (i64.const 0) (i64.const 0)
          (i64.const 5000000000000) (i64.const 1) (i64.const 1)))
        (if (i32.ne (i32.const 1)
              (call $resume (i64.const -1) (i64.const 1) (i64.const 8) (i64.const 0)))
          (then unreachable))))`

    const { receipts, resumes, returned, error } = await callText(text, "main")

    const dataId = new Uint8Array(32).fill(1)
    expect(error).toBeUndefined()
    expect(returned).toEqual({ kind: "receipt_index", receiptIndex: 0 })
    expect(resumes).toEqual([{ dataId, payload: new Uint8Array(Buffer.from("callback")) }])
    expect(receipts).toMatchObject([
      {
        receiverId: "contract.test",
        isPromiseYield: true,
        inputDataIds: [dataId],
        actions: [{ type: "function_call", methodName: "callback", gas: 5n * 10n ** 12n }],
      },
    ])
  })

  it("do not resume what waits nowhere", async () => {
    const text = `(module
      (import "env" "promise_yield_resume" (func $resume (param i64 i64 i64 i64) (result i32)))
      (memory 1)
      (func (export "main")
        (if (call $resume (i64.const 32) (i64.const 0) (i64.const 0) (i64.const 0))
          (then unreachable))))`
    const world = new MapWorld()

    const unknown = await callText(text, "main", { world })
    world.pending.add("00".repeat(32))
    const known = await callText(text, "main", { world })

    expect(unknown.error).toBeUndefined()
    expect(known.error?.name).toBe("Unreachable")
  })
})
