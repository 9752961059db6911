/**
 * preview2-shim as the oracle of streams, polls, clocks and random numbers. Not compared: the process's own stdin, stdout and stderr,
 * which theirs takes from the test itself; `skip` and `splice`, which theirs gets wrong (a byte's value as the length, a private field
 * of another class); what traps, since theirs then ends the process; how much comes at a time, which WASI leaves open; and what clocks
 * and random numbers say, of which only the shape can be alike.
 */
import { createHash } from "node:crypto"
import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { createHost } from "./host.fixture.ts"
import {
  attempt,
  drawer,
  type InputStream,
  type Interfaces,
  makeFolder,
  type OutputStream,
  type Pollable,
  rootOf,
  shimOver,
} from "./oracle.fixture.ts"
import { createPreview2 } from "./preview2.guest.ts"

const folder = makeFolder()
const OPEN = { create: true }
const BOTH = { read: true, write: true }

describe("streams of files", () => {
  test.for([1, 2, 3, 4, 5, 6])("writes and reads at random, script %i", (seed) => {
    const run = (interfaces: Interfaces) => {
      const draw = drawer(seed)
      const file = rootOf(interfaces).openAt({}, "file", OPEN, BOTH)
      const seen: unknown[] = []
      for (let round = 0; round < 12; round += 1) {
        const size = Number(file.stat().size)
        const stream =
          draw(3) === 0 ? file.appendViaStream() : file.writeViaStream(BigInt(draw(size + 1)))
        for (let step = draw(4); step >= 0; step -= 1) seen.push(writeSome(stream, draw))
        stream.blockingFlush()
        stream[Symbol.dispose]()
        const reader = file.readViaStream(BigInt(draw(Number(file.stat().size) + 20)))
        // Draws of its own: how many it takes is nobody's rule.
        seen.push(digest(readAll(reader, drawer(seed + round))), file.stat().size)
        reader[Symbol.dispose]()
      }
      return seen
    }

    expect(run(createPreview2(createHost().host))).toEqual(run(theirs()))
  })

  test("an end is closed, and stays so", () => {
    const { ours, expected } = inBoth((interfaces) => {
      const file = rootOf(interfaces).openAt({}, "short", OPEN, BOTH)
      file.write(Buffer.from("abc"), 0n)
      using stream = file.readViaStream(0n)
      const text = readAll(stream, () => 9)

      return [text, closing(stream), closing(stream), attempt(() => stream.read(1n)).error]
    })

    expect(ours).toEqual(expected)
  })

  test("behind the end, and in a file of nothing, there is nothing but the end", () => {
    const { ours, expected } = inBoth((interfaces) => {
      const file = rootOf(interfaces).openAt({}, "empty", OPEN, BOTH)

      return [0n, 1000n].map((at) => {
        using stream = file.readViaStream(at)
        return closing(stream)
      })
    })

    expect(ours).toEqual(expected)
  })

  test("who may not write is told so, whenever that is", () => {
    const { ours, expected } = inBoth((interfaces) => {
      const root = rootOf(interfaces)
      root.openAt({}, "guarded", OPEN, BOTH).write(Buffer.from("abc"), 0n)
      const file = root.openAt({}, "guarded", {}, { read: true })
      const written = attempt(() => {
        using stream = file.writeViaStream(0n)
        stream.blockingWriteAndFlush(Buffer.from("x"))
      })
      const [bytes] = file.read(10n, 0n)

      return [written.error !== undefined, Buffer.from(bytes).toString()]
    })

    expect(ours).toEqual(expected)
  })

  test("a folder has no stream", () => {
    const { ours, expected } = inBoth((interfaces) => {
      const root = rootOf(interfaces)
      const streams = [
        () => root.readViaStream(0n).blockingRead(1n),
        () => root.writeViaStream(0n),
        () => root.appendViaStream(),
      ]

      return streams.map((stream) => attempt(stream).error !== undefined)
    })

    expect(ours).toEqual(expected)
  })
})

describe("polls", () => {
  test("streams of files become ready, and say so for themselves and in a list", () => {
    const { ours, expected } = inBoth((interfaces) => {
      const file = rootOf(interfaces).openAt({}, "polled", OPEN, BOTH)
      file.write(Buffer.from("abc"), 0n)
      // Given back in the order that theirs demands: left to the garbage collector, a stream may go before its poll.
      using reader = file.readViaStream(0n)
      using writer = file.writeViaStream(0n)
      using canRead = reader.subscribe()
      using canWrite = writer.subscribe()
      const pollables = [canRead, canWrite]
      for (const one of pollables) one.block()

      return [pollables.map((one) => one.ready()), [...pollOf(interfaces)(pollables)]]
    })

    expect(ours).toEqual(expected)
  })

  test("of two times the nearer comes first, and what is over is ready", () => {
    const { ours, expected } = inBoth((interfaces) => {
      const { now, subscribeDuration, subscribeInstant } = monotonicOf(interfaces)
      const over = [subscribeInstant(0n), subscribeInstant(now()), subscribeDuration(0n)]
      for (const one of over) one.block()
      const soon = subscribeDuration(1_000_000n)
      const hour = subscribeDuration(3_600_000_000_000n)

      return [
        over.map((one) => one.ready()),
        [...pollOf(interfaces)([hour, ...over])],
        hour.ready(),
        [...pollOf(interfaces)([hour, soon])],
        [soon.ready(), hour.ready()],
      ]
    })

    expect(ours).toEqual(expected)
  })

  test("nothing cannot be waited for", () => {
    const { ours, expected } = inBoth((interfaces) => {
      const { error } = attempt(() => pollOf(interfaces)([]))

      // No value of WASI's: the guest is at fault, and ends.
      return typeof error
    })

    expect(ours).toEqual(expected)
  })
})

describe("clocks", () => {
  test("go on, and not back, and have waited as long as they said", () => {
    const { ours, expected } = inBoth((interfaces) => {
      const { now, resolution, subscribeDuration } = monotonicOf(interfaces)
      const times = Array.from({ length: 100 }, () => now())
      const before = now()
      subscribeDuration(2_000_000n).block()

      return [
        times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0n)),
        now() - before >= 2_000_000n,
        typeof now(),
        resolution(),
      ]
    })

    expect(ours).toEqual(expected)
  })

  test("of the wall are seconds and less than a second", () => {
    const { ours, expected } = inBoth((interfaces) => {
      const { now, resolution } = interfaces["wasi:clocks/wall-clock"] as never as WallClock

      return [now(), resolution()].map(({ seconds, nanoseconds, ...more }) => [
        typeof seconds,
        Number.isInteger(nanoseconds) && nanoseconds >= 0 && nanoseconds < 1e9,
        more,
      ])
    })

    expect(ours).toEqual(expected)
  })
})

describe("random numbers", () => {
  test.for([
    ["wasi:random/random", "getRandomBytes", "getRandomU64"],
    ["wasi:random/insecure", "getInsecureRandomBytes", "getInsecureRandomU64"],
  ] as const)("of %s are as many as were asked for, and no two alike", ([from, some, one]) => {
    const { ours, expected } = inBoth((interfaces) => {
      const draw = interfaces[from]?.[some] as (length: bigint) => Uint8Array
      const drawOne = interfaces[from]?.[one] as () => bigint
      const lengths = [0n, 1n, 32n, 1000n, 65_536n]
      const ones = Array.from({ length: 20 }, () => drawOne())

      return [
        lengths.map((length) => draw(length).length),
        draw(1n) instanceof Uint8Array,
        Buffer.from(draw(32n)).equals(draw(32n)),
        new Set(ones).size,
        ones.every((number) => BigInt.asUintN(64, number) === number),
      ]
    })

    expect(ours).toEqual(expected)
  })

  test("a seed of what is insecure is two of 64 bits", () => {
    const { ours, expected } = inBoth((interfaces) => {
      const { insecureSeed } = interfaces["wasi:random/insecure-seed"] as never as {
        insecureSeed: () => bigint[]
      }

      return insecureSeed().map((half) => [typeof half, BigInt.asUintN(64, half) === half])
    })

    expect(ours).toEqual(expected)
  })
})

interface WallClock {
  now: () => { seconds: bigint; nanoseconds: number }
  resolution: () => { seconds: bigint; nanoseconds: number }
}

interface MonotonicClock {
  now: () => bigint
  resolution: () => bigint
  subscribeInstant: (when: bigint) => Pollable
  subscribeDuration: (wait: bigint) => Pollable
}

function inBoth(run: (interfaces: Interfaces) => unknown) {
  return { ours: run(createPreview2(createHost().host)), expected: run(theirs()) }
}

function theirs(): Interfaces {
  return shimOver(mkdtempSync(join(folder, "root-")))
}

function monotonicOf(interfaces: Interfaces): MonotonicClock {
  return interfaces["wasi:clocks/monotonic-clock"] as never as MonotonicClock
}

function pollOf(interfaces: Interfaces): (pollables: readonly Pollable[]) => Uint32Array {
  return interfaces["wasi:io/poll"]?.["poll"] as never
}

/** Never more than it says that it takes. */
function writeSome(stream: OutputStream, draw: (below: number) => number): unknown {
  const bytes = new Uint8Array(draw(draw(8) === 0 ? 5000 : 30)).fill(1 + draw(255))
  const length = BigInt(bytes.length)
  const room = stream.checkWrite()
  const gave = attempt(() => {
    switch (draw(4)) {
      case 0:
        stream.write(bytes)
        return stream.flush()
      case 1:
        stream.writeZeroes(length)
        return stream.blockingFlush()
      case 2:
        return stream.blockingWriteZeroesAndFlush(length)
      default:
        return stream.blockingWriteAndFlush(bytes)
    }
  })
  return [room >= length, "error" in gave]
}

/** To the end, however much comes at a time; `read` may give nothing yet. */
function readAll(stream: InputStream, draw: (below: number) => number): string {
  const parts: Uint8Array[] = []
  for (;;) {
    const length = BigInt(1 + draw(4000))
    const isBlocking = draw(2) === 0
    const part = attempt(() => {
      if (isBlocking) return stream.blockingRead(length)
      const pollable = stream.subscribe()
      pollable.block()
      pollable[Symbol.dispose]()
      return stream.read(length)
    })
    if ("error" in part) {
      if ((part.error as { tag?: unknown }).tag !== "closed") throw new Error(String(part.error))
      return Buffer.concat(parts).toString("hex")
    }
    expect((part.ok as Uint8Array).length).toBeLessThanOrEqual(Number(length))
    parts.push(part.ok as Uint8Array)
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}

/** What stands at the end; theirs may need to be asked again until it has seen it. */
function closing(stream: InputStream): unknown {
  expect(readAll(stream, () => 0)).toBe("")
  return attempt(() => stream.blockingRead(1n)).error
}
