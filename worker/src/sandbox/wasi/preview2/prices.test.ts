/** What host functions take by themselves: what is given along with a call the glue has paid for. */
import { expect, test } from "vitest"
import { open as openHttp } from "../../http/http-interfaces.fixture.ts"
import { MAX_SLEEP_NS } from "../clock.guest.ts"
import { createHost } from "./host.fixture.ts"
import { createPreview2 } from "./preview2.guest.ts"

test("headers that are made are paid for, those that nobody may make too", () => {
  const { host, http } = openHttp([])
  const before = host.fuel.used
  const fields = http.Fields.fromList([])
  expect(host.fuel.used).toBe(before)

  const texts = Array.from({ length: 100 }, () => ["b", Buffer.alloc(10)] as [string, Buffer])
  expect(() => http.Fields.fromList([...texts, ["a b", Buffer.of()]])).toThrow("the call failed")
  expect(host.fuel.used - before).toBe(101n * 100n + 1103n)
  const read = host.fuel.used
  expect(fields.entries()).toEqual([])
  expect(host.fuel.used).toBe(read)
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
  const { host } = createHost({ fuelLimit: 1000n, stdin: "a".repeat(1_000_000) })
  const interfaces = createPreview2(host)
  const { getStdin } = interfaces["wasi:cli/stdin"] as never as {
    getStdin: () => { read(length: bigint): Uint8Array }
  }
  const stdin = getStdin()
  expect(stdin.read(400n)).toHaveLength(400)

  expect(() => stdin.read(1_000_000n)).toThrow("fuel")
  expect(host.stdin.available).toBe(999_600)
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
