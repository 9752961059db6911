import { getHeapStatistics } from "node:v8"
import { describe, expect, test } from "vitest"
import { GuestHttp } from "../http/guest-http.guest.ts"
import { Upload } from "../http/outgoing.guest.ts"
import { Fuel } from "./fuel.guest.ts"
import { Gathered } from "./gathered.guest.ts"
import { type Sink, Stderr, Stdout } from "./streams.guest.ts"

const MEBIBYTE = 2 ** 20

describe("a mebibyte in writes of one byte", () => {
  const left = new WebAssembly.Global({ value: "i64", mutable: true }, 0n)
  const sinks: [what: string, create: () => Sink][] = [
    ["a request's body", () => new Upload(new GuestHttp(new Fuel(left, 0n), undefined))],
    ["stdout", () => new Stdout(MEBIBYTE, () => {})],
    ["stderr", () => new Stderr()],
    ["whatever gathers", () => asSink(new Gathered())],
  ]
  test.for(sinks)("takes about as much of our memory: %s", ([, create]) => {
    const sink = create()
    const byte = Uint8Array.of(97)
    const before = memoryInUse()

    for (let count = 0; count < MEBIBYTE; count += 1) sink.write(byte)

    // An array for each write would be 150 MiB.
    expect(memoryInUse() - before).toBeLessThan(75 * MEBIBYTE)
    // And is still in use.
    sink.write(new Uint8Array(0))
  })
})

test("what was gathered is whole and in order, also where the guest's memory changes behind it", () => {
  const gathered = new Gathered()
  const memory = new Uint8Array(300)
  const expected: number[] = []
  for (const length of [0, 1, 255, 1, 300, 7]) {
    memory.fill(length % 251)
    gathered.add(memory.subarray(0, length))
    expected.push(...memory.subarray(0, length))
  }

  expect([...gathered.all]).toEqual(expected)
  expect(gathered).toHaveLength(expected.length)
})

test("of stderr the last bytes are kept, however it was written", () => {
  const text = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251))
  for (const size of [1, 8191, 8192, 8193, 50_000]) {
    const stderr = new Stderr()
    for (let at = 0; at < text.length; at += size) stderr.write(text.subarray(at, at + size))

    expect(Buffer.compare(stderr.tail, text.subarray(-8192)), `in pieces of ${size}`).toBe(0)
  }
})

test("no price is negative, or none", () => {
  const fuel = new Fuel(new WebAssembly.Global({ value: "i64", mutable: true }, 10n), 10n)

  for (const amount of [-1, Number.NaN, -Infinity]) expect(() => fuel.pay(amount)).toThrow("price")
  expect(fuel.used).toBe(0n)
})

function asSink(gathered: Gathered): Sink {
  return { write: (bytes) => gathered.add(bytes) }
}

function memoryInUse(): number {
  return getHeapStatistics().used_heap_size + process.memoryUsage().external
}
