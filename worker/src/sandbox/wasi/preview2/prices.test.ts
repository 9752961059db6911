/** Whatever becomes of a call, what the guest gave along with it is paid for first. */
import { describe, expect, test } from "vitest"
import { open as openHttp } from "../../http/http-interfaces.fixture.ts"
import { MAX_SLEEP_NS } from "../clock.guest.ts"
import { createHost } from "./host.fixture.ts"
import { type Descriptor, rootOf } from "./oracle.fixture.ts"
import { createPreview2 } from "./preview2.guest.ts"

const SIZE = 1_000_000
const LONG = "a".repeat(SIZE)
const ALL = { read: true, write: true }

describe("a long text", () => {
  const cases: [what: string, call: (root: Descriptor) => unknown][] = [
    ["a path", (root) => root.openAt({}, LONG, {}, { read: true })],
    ["a path to change", (root) => root.createDirectoryAt(LONG)],
    ["a path from what is no folder", (root) => fileIn(root).statAt({}, LONG)],
    ["a path from what may not be changed", (root) => readOnly(root).unlinkFileAt(LONG)],
    ["two paths", (root) => root.renameAt("none", root, LONG)],
    ["a link's text", (root) => root.symlinkAt(LONG, "link")],
    ["bytes for what may not be written", (root) => fileIn(root).write(Buffer.from(LONG), 0n)],
  ]
  test.for(cases)("in the place of %s", ([, call]) => {
    const { host, spent } = createHost()
    const root = rootOf(createPreview2(host))
    fileIn(root)
    const before = spent()

    expect(() => call(root)).toThrow("the call failed")
    expect(spent() - before).toBeGreaterThanOrEqual(BigInt(SIZE))
  })

  test("is paid for by an interface that has nothing, too", () => {
    const { host, spent } = createHost()
    const lookUp = createPreview2(host)["wasi:sockets/ip-name-lookup"]?.["resolveAddresses"]
    const resolve = lookUp as (network: undefined, name: string) => unknown

    expect(() => resolve(undefined, LONG)).toThrow("the call failed")
    expect(spent()).toBe(BigInt(SIZE))
  })

  test("ends a guest that cannot pay, before anybody has looked at it", () => {
    const { host } = createHost({ fuelLimit: BigInt(SIZE - 1) })
    const root = rootOf(createPreview2(host))

    expect(() => root.openAt({}, LONG, {}, { read: true })).toThrow("fuel")
  })
})

test("lists pay for their elements, and for what is in them; handles and numbers for nothing", () => {
  const { host, http } = openHttp([])
  const before = host.fuel.used
  const fields = http.Fields.fromList([])
  expect(host.fuel.used).toBe(before)

  const texts = Array.from({ length: 100 }, () => ["b", Buffer.alloc(10)] as [string, Buffer])
  expect(() => http.Fields.fromList([...texts, ["a b", Buffer.of()]])).toThrow("the call failed")
  // The list's 101, of two each, with names and values; then as headers that are made.
  expect(host.fuel.used - before).toBe(101n * 3n + 100n * 11n + 3n + (101n * 100n + 1103n))
  const read = host.fuel.used
  expect(fields.entries()).toEqual([])
  expect(host.fuel.used).toBe(read)
})

test("headers that nobody may change cost what is given for them", () => {
  const { host, http } = openHttp([])
  const fixed = new http.OutgoingRequest(new http.Fields()).headers()
  const before = host.fuel.used

  expect(() => fixed.append(LONG, Buffer.of())).toThrow("the call failed")
  expect(() => fixed.set("a", [Buffer.from(LONG)])).toThrow("the call failed")
  expect(host.fuel.used - before).toBe(2n * BigInt(SIZE) + 2n)
})

test("who looks for a header pays for all that there are", () => {
  const { host, http } = openHttp([])
  const fields = http.Fields.fromList(
    Array.from({ length: 1000 }, (_, index) => [`x-${index}`, Buffer.from("value")]),
  )
  for (const look of [() => fields.has("none"), () => fields.get("none")]) {
    const before = host.fuel.used
    look()
    expect(host.fuel.used - before).toBeGreaterThan(1000n * 100n)
  }
})

test("what is read is paid before it is taken", () => {
  const { host } = createHost({ fuelLimit: 1000n, stdin: LONG })
  const interfaces = createPreview2(host)
  const { getStdin } = interfaces["wasi:cli/stdin"] as never as {
    getStdin: () => { read(length: bigint): Uint8Array }
  }
  const stdin = getStdin()
  expect(stdin.read(400n)).toHaveLength(400)

  expect(() => stdin.read(1_000_000n)).toThrow("fuel")
  expect(host.stdin.available).toBe(SIZE - 400)
})

test("a poll gives one that is ready, be its time beyond all that can be slept", () => {
  const { host } = createHost()
  const interfaces = createPreview2(host)
  const clock = interfaces["wasi:clocks/monotonic-clock"] as never as {
    subscribeInstant: (when: bigint) => object
    subscribeDuration: (wait: bigint) => object
  }
  const { poll } = interfaces["wasi:io/poll"] as never as {
    poll: (pollables: readonly object[]) => Uint32Array
  }
  const never = 2n ** 64n - 1n

  expect([...poll([clock.subscribeInstant(never)])]).toEqual([0])
  expect([...poll([clock.subscribeDuration(never), clock.subscribeDuration(1n)])]).toContain(1)
  expect(host.clock.monotonic).toBeGreaterThanOrEqual(MAX_SLEEP_NS)
})

function fileIn(root: Descriptor): Descriptor {
  root.openAt({}, "file", { create: true }, ALL)
  return root.openAt({}, "file", {}, { read: true })
}

function readOnly(root: Descriptor): Descriptor {
  return root.openAt({}, ".", {}, { read: true })
}
