import type { FastifyRequest } from "fastify"
import { expect, test } from "vitest"
import { createRateLimit } from "./rate-limit.ts"

test("an address that asks too often waits, others do not", async () => {
  let nowMs = 0
  const limit = createRateLimit({ perMinute: 2, nowMs: () => nowMs })
  const ask = (ip: string) => limit({ ip } as FastifyRequest)

  await ask("1.2.3.4")
  await ask("1.2.3.4")
  await expect(ask("1.2.3.4")).rejects.toMatchObject({ code: "rate_limited" })
  await ask("1.2.3.5")

  nowMs += 30_000
  await ask("1.2.3.4")
  await expect(ask("1.2.3.4")).rejects.toMatchObject({ code: "rate_limited" })
})

test("the addresses of one IPv6 network count as one", async () => {
  const limit = createRateLimit({ perMinute: 1, nowMs: () => 0 })
  const ask = (ip: string) => limit({ ip } as FastifyRequest)

  await ask("2001:db8::1")
  await expect(ask("2001:db8:0:0:ffff::2")).rejects.toMatchObject({ code: "rate_limited" })
  await ask("2001:db8:0:1::1")
  await ask("::ffff:1.2.3.4")
  await expect(ask("1.2.3.4")).rejects.toMatchObject({ code: "rate_limited" })
})
