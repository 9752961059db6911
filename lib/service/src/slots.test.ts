import { expect, test } from "vitest"
import { createSlots } from "./slots.ts"

test("so many run at a time, and the rest in the order in which they came", async () => {
  const slots = createSlots(2)
  const begun: number[] = []
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<number>())
  const all = ends.map(({ promise }, at) =>
    slots.run(() => {
      begun.push(at)
      return promise
    }),
  )
  await settle()
  expect(begun).toEqual([0, 1])

  ends[1]?.reject(new Error("failed"))
  await expect(all[1]).rejects.toThrow("failed")
  await settle()
  expect(begun).toEqual([0, 1, 2])

  for (const [at, { resolve }] of ends.entries()) resolve(at)
  await Promise.allSettled(all)
  expect(begun).toEqual([0, 1, 2, 3, 4])
  await expect(slots.run(async () => "free again")).resolves.toBe("free again")
})

/** All that can go on without anybody's doing has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
