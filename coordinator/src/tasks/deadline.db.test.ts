import { dbTest } from "@outlayer/testing"
import { expect } from "vitest"
import { migrate } from "../migrate.ts"
import { completionOf, openTestSystem, type TestSystem, TX_HASH } from "../testing/test-system.ts"

const test = dbTest("coordinator", migrate)

test("a compilation that outlasts the deadline costs the request its run, and fills the cache", async ({
  pool,
}) => {
  await using system = await openTestSystem(pool)
  const event = system.chain.request()
  await system.tasks.create(event)
  const compile = await system.takeCompile()

  system.chain.state.height += 180

  const late = await system.takeExecute()
  expect(late.verdict).toMatchObject({ code: "deadline_exceeded" })
  expect(late.compile_time_ms).toBeGreaterThanOrEqual(0)
  await system.settle(late)

  await system.compile(compile)
  await system.tasks.create(system.chain.request())
  expect(await system.takeExecute()).toMatchObject({ verdict: null, compile_time_ms: null })
})

test("when no worker came soon enough the failure is ours", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await system.tasks.create(system.chain.request())
  await expect.poll(() => system.queue.size("compile")).toBe(1)
  await pass(system, 21)
  const compile = await system.takeCompile()

  system.chain.state.height += 160

  expect((await system.takeExecute()).verdict).toMatchObject({ code: "capacity" })
  await system.compile(compile)
})

test("what a worker took within 20 blocks, even of the last one, was taken in time", async ({
  pool,
}) => {
  await using system = await openTestSystem(pool)
  await system.tasks.create(system.chain.request())
  await expect.poll(() => system.queue.size("compile")).toBe(1)
  await pass(system, 20)
  await system.compile(await system.takeCompile())
  await pass(system, 50)

  expect((await system.takeExecute()).deadline_code).toBe("deadline_exceeded")
})

test("a deadline that our own failures made come too early costs the sender nothing", async ({
  pool,
}) => {
  await using system = await openTestSystem(pool)
  await system.tasks.create(system.chain.request())
  await system.compile(await system.takeCompile())
  const first = await system.takeExecute()
  await system.tasks.release({ ...first.key, delay_seconds: 0 })
  const second = await system.takeExecute()
  expect([first, second].map((task) => task.deadline_code)).toEqual([
    "deadline_exceeded",
    "capacity",
  ])
  await system.tasks.release({ ...second.key, delay_seconds: 600 })

  system.chain.state.height += 185

  expect((await system.takeExecute()).verdict).toMatchObject({ code: "infrastructure" })
})

test("a compilation that was begun again for us costs nothing when the deadline ends it", async ({
  pool,
}) => {
  await using system = await openTestSystem(pool)
  await system.tasks.create(system.chain.request())
  await system.tasks.release({ ...(await system.takeCompile()).key, delay_seconds: 0 })
  await system.takeCompile()

  system.chain.state.height += 185

  expect((await system.takeExecute()).verdict).toMatchObject({ code: "infrastructure" })
})

test("a request that nobody answered is closed when its yield has expired", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  const event = system.chain.request()
  await system.tasks.create(event)
  await expect.poll(() => system.queue.size("compile")).toBe(1)

  system.chain.state.height += 203

  await expect
    .poll(() => system.executions.find(event.request_id))
    .toMatchObject({
      state: "expired",
      success: false,
      error: { code: "expired" },
    })
  expect(await system.poll("execute", "worker", 200)).toBeUndefined()
})

test("a result that comes too late is kept and can be read", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  const event = system.chain.request()
  await system.tasks.create(event)
  await system.compile(await system.takeCompile())
  const task = await system.takeExecute()
  await system.loseLeases()
  system.chain.state.height += 203
  await expect.poll(() => system.stateOf(event)).toBe("expired")

  await system.tasks.complete({ ...completionOf(task), tx_hash: null })

  expect(await system.executions.find(event.request_id)).toMatchObject({
    state: "expired",
    success: true,
    tx_hash: null,
    resources_used: { instructions: 7, time_ms: 3 },
  })
})

test("a recorded settlement is followed up even after the deadline", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  const event = system.chain.request()
  await system.tasks.create(event)
  await system.compile(await system.takeCompile())
  const task = await system.takeExecute()
  const { summary } = completionOf(task)
  const signer_public_key = "ed25519:11111111111111111111111111111111"
  const recorded = { tx_hash: TX_HASH, signer_public_key, signed_tx_base64: "AAAA", summary }
  await system.tasks.settle({ ...task.key, ...recorded })

  await system.loseLeases()
  system.chain.state.height += 203

  expect((await system.takeExecute("successor")).settlement).toEqual(recorded)
})

/** Blocks pass, and the background has seen it: of two reads the second began afterwards. */
async function pass(system: TestSystem, blocks: number): Promise<void> {
  const { state } = system.chain
  state.height += blocks
  const reads = state.heightReads + 2
  await expect.poll(() => state.heightReads, { interval: 10 }).toBeGreaterThanOrEqual(reads)
}
