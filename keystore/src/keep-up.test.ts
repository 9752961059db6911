import { createLogger } from "@outlayer/service"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { keepUp } from "./keep-up.ts"

const HOUR = 3_600_000
const log = createLogger("keystore", "silent")

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test("a clock that is off for a minute ends the service, and not before", async () => {
  const skewedSinceMs = performance.now()
  const ended = watch(() => skewedSinceMs)

  await vi.advanceTimersByTimeAsync(60_000)
  expect(ended).toEqual([])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(ended).toEqual(["The host's clock and the chain's have been apart for a minute"])
})

test("a clock that agrees again in time ends nothing", async () => {
  let skewedSinceMs: number | undefined = performance.now()
  const ended = watch(() => skewedSinceMs)

  await vi.advanceTimersByTimeAsync(55_000)
  skewedSinceMs = undefined
  await vi.advanceTimersByTimeAsync(HOUR)

  expect(ended).toEqual([])
})

test("the registration is renewed in the middle of its day, and hourly after a failure", async () => {
  const renewed: number[] = []
  const start = performance.now()
  watch(
    () => undefined,
    async () => {
      renewed.push(Math.floor((performance.now() - start) / HOUR))
      if (renewed.length < 3) throw new Error("refused")
    },
  )

  await vi.advanceTimersByTimeAsync(27 * HOUR)

  expect(renewed).toEqual([12, 13, 14, 26])
})

/** The words with which the service ends; an endpoint that is away does not end it. */
function watch(skewedSinceMs: () => number | undefined, renew = async () => {}): string[] {
  const ended: string[] = []
  const snapshot = async () => {
    throw new Error("not readable")
  }
  const { failed } = keepUp({ snapshot, skewedSinceMs }, renew, log)
  failed.catch((error: unknown) => ended.push(error instanceof Error ? error.message : "?"))
  return ended
}
