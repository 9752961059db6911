import { callRoute, GetExecution } from "@outlayer/protocol"
import { expect } from "vitest"
import { story, type System } from "./system.ts"

const test = story({ coordinatorEnv: { TASK_LEASE_SECONDS: "3" } })

test("a coordinator that is killed in the middle loses nothing", async ({ system }) => {
  await inTheMiddle(system, () => system.coordinator.restart())
})

test("a Postgres that is killed in the middle loses nothing", async ({ system }) => {
  await inTheMiddle(system, () => system.postgres.restart())
})

test("a Redis that comes back empty in the middle costs nothing but time", async ({
  system,
  skip,
}) => {
  const { redis } = system
  if (!redis) return skip("where this machine has redis-server")
  await inTheMiddle(system, () => redis.restart())
})

test("a worker that is killed in the middle is made good by a successor", async ({ system }) => {
  await inTheMiddle(system, async () => {
    await system.workers.at(-1)?.crash()
    await system.addWorker({ ENABLE_EVENT_MONITOR: "true" })
  })
})

/** Several requests are on their way when it happens; each is answered, and settled once. */
async function inTheMiddle(system: System, happen: () => Promise<void>): Promise<void> {
  const sizes = Array.from({ length: 5 }, () => Math.floor(Math.random() * 3_000))
  const seen = system.logs.length
  const asked = sizes.map((size) => system.ask(`text ${size}`))
  await expect
    .poll(() => system.logs.slice(seen).some((line) => line.msg === "request seen"), {
      interval: 1,
    })
    .toBe(true)

  await happen()

  const answers = await Promise.all(asked)
  expect(answers.map(({ value }) => value)).toEqual(sizes.map((size) => "a".repeat(size)))
  for (const { completed } of answers) {
    const params = { request_id: completed?.request_id ?? -1 }
    const options = { baseUrl: system.coordinator.url }
    await expect
      .poll(async () => (await callRoute(GetExecution, { params }, options)).state)
      .toBe("settled")
  }
  await system.expectSettledOnce()
}
