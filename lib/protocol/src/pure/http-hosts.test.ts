import { expect, test } from "vitest"
import fixture from "../../fixtures/http-hosts.json" with { type: "json" }
import { isHttpHost, LIMITS } from "./index.ts"

test("a host is a name or an IPv4 address, and may have a port", () => {
  expect(fixture.taken.filter((host) => !isHttpHost(host))).toEqual([])
})

test("what is anything else is no host", () => {
  const tooLong = "n".repeat(LIMITS.httpHostBytes + 1)
  expect([...fixture.refused, tooLong].filter(isHttpHost)).toEqual([])
})
