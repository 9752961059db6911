import { type LeaseKey, OutlayerError } from "@outlayer/protocol"
import { expect, test } from "vitest"
import type { Coordinator } from "../coordinator.ts"
import { holdLease } from "./lease.ts"

const key: LeaseKey = {
  task_id: "0199d6c2-6a52-7000-8000-000000000001",
  lease_token: "0199d6c2-6a52-7000-8000-000000000002",
  attempt: 1,
}
const stop = new AbortController().signal

test("a lease is extended while it is held, and not after", async () => {
  let calls = 0
  const coordinator = answering(() => {
    calls += 1
    // By a clock that is an hour away from this machine's.
    return { lease_expires_at: new Date(Date.now() - 3_600_000).toISOString() }
  })

  const lease = holdLease(coordinator, { key, lease_seconds: 0.6 }, stop)
  await expect.poll(() => calls).toBeGreaterThan(1)
  await lease[Symbol.asyncDispose]()

  expect(lease.signal.aborted).toBe(false)
})

test("a lost lease aborts the work", async () => {
  const coordinator = answering(() => {
    throw new OutlayerError("lease_lost", "somebody else has it")
  })
  await using lease = holdLease(coordinator, { key, lease_seconds: 0.6 }, stop)
  await expect.poll(() => lease.signal.aborted).toBe(true)
})

test("a coordinator that is away costs the lease only when it expires", async () => {
  const began = performance.now()
  const coordinator = answering(() => {
    throw new Error("ECONNREFUSED")
  })
  await using lease = holdLease(coordinator, { key, lease_seconds: 0.9 }, stop)
  await expect.poll(() => lease.signal.aborted).toBe(true)
  expect(performance.now() - began).toBeGreaterThanOrEqual(900)
})

function answering(answer: () => unknown): Coordinator {
  return { call: (async () => answer()) as Coordinator["call"] }
}
