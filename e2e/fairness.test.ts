import { callRoute, ListExecutions } from "@outlayer/protocol"
import { createAccount } from "@outlayer/stack"
import { expect } from "vitest"
import { story, type System } from "./system.ts"

const test = story({ workers: 0, coordinatorEnv: { RATE_LIMIT_PER_MINUTE: "100000" } })
const FLOOD = 20

test("one sender's flood delays another's request by at most one task", async ({ system }) => {
  const { root } = system.accounts
  const bob = await createAccount(root, system.provider, "bob", 10)
  await system.addWorker({ ENABLE_EVENT_MONITOR: "true", EXECUTION_ENABLED: "false" })
  const directly = { directly: true }
  const flood = Array.from({ length: FLOOD }, (_, size) => system.ask(`text ${size}`, {}, directly))
  await untilQueued(system, FLOOD)
  const asked = system.ask("text 99", {}, { asker: bob, ...directly })
  await untilQueued(system, FLOOD + 1)

  await system.addWorker({ COMPILATION_ENABLED: "false", WORKER_CONCURRENCY: "1" })

  const answer = await asked
  const sizes = (await Promise.all(flood)).map(({ value }) => String(value).length)
  expect(String(answer.value)).toHaveLength(99)
  expect(sizes).toEqual(Array.from({ length: FLOOD }, (_, size) => size))
  const started = system.logs.filter(({ msg }) => msg === "execution started")
  const order = started.map((line) => line["requestId"])
  expect(order).toHaveLength(FLOOD + 1)
  expect(order.indexOf(answer.completed?.request_id)).toBeLessThanOrEqual(1)
})

async function untilQueued({ coordinator }: System, count: number): Promise<void> {
  const countQueued = async () => {
    const query = { limit: 50 }
    const list = await callRoute(ListExecutions, { query }, { baseUrl: coordinator.url })
    return list.executions.filter(({ state }) => state === "queued").length
  }
  await expect.poll(countQueued).toBe(count)
}
