import { randomBytes, randomUUID } from "node:crypto"
import {
  callRoute,
  CompleteTask,
  CreateTask,
  type LeasedTask,
  ListExecutions,
  type NewTask,
  OutlayerError,
  PollTask,
  UploadWasm,
} from "@outlayer/protocol"
import { describeWhere } from "@outlayer/testing/machine"
import { hasRedis, startPostgres, startRedis } from "@outlayer/testing/servers"
import { expect, test } from "vitest"
import { openTestCoordinator } from "./testing/test-coordinator.ts"
import { completionOf, recordOf } from "./testing/test-system.ts"

const REQUESTS = 12
const allSettled = Array.from({ length: REQUESTS }, () => "settled")
const both = ["compile" as const, "execute" as const]

test("Postgres restarts in the middle, and nothing is lost", async () => {
  await using postgres = await startPostgres()
  // An answer that got lost on its way to a worker costs a lease's time.
  const env = { TASK_LEASE_SECONDS: "2" }
  await using coordinator = await openTestCoordinator(postgres.url, env)

  expect(await serveAll(coordinator, () => postgres.restart())).toEqual(allSettled)
})

describeWhere("redis-server", hasRedis(), () => {
  test("Redis restarts in the middle, empty, and nothing is lost", async () => {
    await using postgres = await startPostgres()
    await using redis = await startRedis()
    const env = { QUEUE: "redis", REDIS_URL: redis.url }
    await using coordinator = await openTestCoordinator(postgres.url, env)

    expect(await serveAll(coordinator, () => redis.restart())).toEqual(allSettled)
  })

  test("Redis goes away for good, and tasks still reach their workers", async () => {
    await using postgres = await startPostgres()
    const redis = await startRedis()
    const env = { QUEUE: "redis", REDIS_URL: redis.url }
    await using coordinator = await openTestCoordinator(postgres.url, env)

    expect(await serveAll(coordinator, () => redis[Symbol.asyncDispose]())).toEqual(allSettled)
  })

  test("the coordinator restarts in the middle, and nothing is lost", async () => {
    await using postgres = await startPostgres()
    await using redis = await startRedis()
    const env = { QUEUE: "redis", REDIS_URL: redis.url, TASK_LEASE_SECONDS: "2" }
    const before = await openTestCoordinator(postgres.url, env)
    const events = postMany(before)
    for (const body of events) await before.call(CreateTask, { body })
    await untilOk(() => before.call(PollTask, pollQuery()))
    await before[Symbol.asyncDispose]()

    await using after = await openTestCoordinator(postgres.url, env, before.chain)

    expect(await work(after)).toEqual(allSettled)
  })
})

type TestCoordinator = Awaited<ReturnType<typeof openTestCoordinator>>

/** Posts requests and serves them as two workers would, while `disturb` happens in the middle. */
async function serveAll(coordinator: TestCoordinator, disturb: () => PromiseLike<void>) {
  const events = postMany(coordinator)
  const [first, second] = [events.slice(0, REQUESTS / 2), events.slice(REQUESTS / 2)]
  for (const body of first) await coordinator.call(CreateTask, { body })

  const served = work(coordinator)
  const disturbed = disturb()
  for (const body of second) await untilOk(() => coordinator.call(CreateTask, { body }))
  await disturbed
  return served
}

function postMany({ chain }: TestCoordinator): NewTask[] {
  return Array.from({ length: REQUESTS }, (_, n) => chain.request({ sender: `s${n % 3}.near` }))
}

/** Two workers, until every request has been settled. */
async function work(coordinator: TestCoordinator): Promise<string[]> {
  const done = new AbortController()
  const workers = [1, 2].map(async () => {
    while (!done.signal.aborted) {
      const task = await untilOk(() => coordinator.call(PollTask, pollQuery()))
      if (task) await handle(coordinator, task)
    }
  })
  const { baseUrl } = coordinator
  const readStates = () =>
    callRoute(ListExecutions, { query: { limit: 100 } }, { baseUrl }).then(
      ({ executions }) => executions.map(({ state }) => state),
      () => [],
    )
  await expect.poll(readStates).toEqual(allSettled)
  done.abort()
  await Promise.all(workers)
  return readStates()
}

async function handle({ call }: TestCoordinator, task: LeasedTask): Promise<void> {
  if (task.kind === "execute") {
    await untilOk(() => call(CompleteTask, { body: completionOf(task) }))
    return
  }
  const wasm = randomBytes(16)
  const record = recordOf(wasm, task.commit)
  await untilOk(() => call(UploadWasm, { body: { record, wasm } }))
  const body = { kind: "compile" as const, ...task.key, compile_time_ms: 5 }
  await untilOk(() => call(CompleteTask, { body: { ...body, wasm_hash: record.wasm_hash } }))
}

function pollQuery() {
  return { query: { timeout: 1, capabilities: both, worker_id: randomUUID() } }
}

/** As a worker does: what is retryable is tried again. */
async function untilOk<T>(call: () => Promise<T>): Promise<T | undefined> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof OutlayerError)) throw error
      if (error.code === "lease_lost") return undefined
      if (!error.retryable) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
