import { expect, test } from "vitest"
import { createBlockClock } from "./block-clock.ts"

test("a height aborts once the chain has come to it", async () => {
  let height = 5
  const clock = createBlockClock({ finalBlock: async () => block((height += 1)) })

  using soon = clock.whenReached(7)
  using late = clock.whenReached(1_000)
  await expect.poll(() => soon.signal.aborted).toBe(true)

  expect(late.signal.aborted).toBe(false)
})

test("an endpoint that is away aborts nothing, and is asked again", async () => {
  let calls = 0
  const clock = createBlockClock({
    async finalBlock() {
      calls += 1
      if (calls < 3) throw new Error("away")
      return block(10)
    },
  })
  using reached = clock.whenReached(10)
  await expect.poll(() => reached.signal.aborted).toBe(true)
  expect(calls).toBe(3)
})

function block(height: number) {
  return { height, hash: "h", timestampNs: 0n }
}
