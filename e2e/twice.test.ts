import { AccountId, callRoute, CreateTask, CreateWorkerToken, DataId } from "@outlayer/protocol"
import { expect } from "vitest"
import { z } from "zod"
import { story } from "./system.ts"

const test = story({ workers: 2, workerEnv: { ENABLE_EVENT_MONITOR: "true" } })

test("two workers that both watch the chain settle each request once", async ({ system }) => {
  const sizes = Array.from({ length: 8 }, () => Math.floor(Math.random() * 2_000))

  const answers = await Promise.all(sizes.map((size) => system.ask(`text ${size}`)))

  expect(answers.map(({ value }) => value)).toEqual(sizes.map((size) => "a".repeat(size)))
  await system.expectSettledOnce()
})

test("an event that is posted again, even when all is over, makes no second task", async ({
  system,
}) => {
  const { requested } = await system.probe("text 5")
  const { request_data, data_id } = Requested.parse(requested)
  const admin = { baseUrl: system.coordinator.url, token: system.coordinator.adminToken }
  const { token } = await callRoute(CreateWorkerToken, { body: { worker_name: "t" } }, admin)

  const body = {
    contract_id: AccountId.parse(system.accounts.outlayer.accountId),
    request_id: RequestData.parse(JSON.parse(request_data)).request_id,
    data_id,
    context: null,
  }
  const { created } = await callRoute(CreateTask, { body }, { ...admin, token })

  expect(created).toBe(false)
})

const Requested = z.object({ request_data: z.string(), data_id: DataId })
const RequestData = z.object({ request_id: z.number() })
