import { randomBytes } from "node:crypto"
import { AccountId } from "@outlayer/protocol"
import { dbTest } from "@outlayer/testing"
import type { Pool } from "pg"
import { expect } from "vitest"
import { migrate } from "../migrate.ts"
import { COMMIT } from "../testing/fake-chain.ts"
import { completionOf, openTestSystem, recordOf, TX_HASH } from "../testing/test-system.ts"

const test = dbTest("coordinator", migrate)

test("a request is checked, compiled, executed and settled", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  const event = system.chain.request({ input: '"\\u0000"' })
  expect(await system.tasks.create(event)).toBe(true)

  const compile = await system.takeCompile()
  expect(compile).toMatchObject({ repo: "owner/name", commit: COMMIT, max_compile_seconds: 60 })
  expect(await system.stateOf(event)).toBe("compiling")
  const record = await system.compile(compile, 1_234)

  const execute = await system.takeExecute()
  expect(execute).toMatchObject({
    request: { request_id: event.request_id, input_data: '"\\u0000"', payment: 10n ** 23n },
    resolved_commit: COMMIT,
    wasm: { checksum: record.wasm_hash, record },
    verdict: null,
    compile_time_ms: 1_234,
    deadline_height: 1_200,
    deadline_code: "deadline_exceeded",
    settlement: null,
  })
  expect(execute.context).toEqual(event.context)
  await system.settle(execute)

  expect(await system.executions.find(event.request_id)).toMatchObject({
    state: "settled",
    success: true,
    tx_hash: TX_HASH,
    attempts: 1,
    wasm_hash: record.wasm_hash,
    resources_used: { instructions: 7, time_ms: 3 },
  })
})

test("an event that is posted twice, at once or later, makes one task", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  const event = system.chain.request()

  const created = await Promise.all([1, 2, 3].map(() => system.tasks.create(event)))

  expect(created.filter(Boolean)).toHaveLength(1)
  await system.compile(await system.takeCompile())
  await system.settle(await system.takeExecute())
  expect(await system.tasks.create(event)).toBe(false)
  expect(await system.poll("execute", "worker", 300)).toBeUndefined()
})

test("a token does not let its owner invent work", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  const real = system.chain.request()
  const contract_id = AccountId.parse("other.near")

  await expect(system.tasks.create({ ...real, contract_id })).rejects.toMatchObject({
    code: "bad_request",
  })
  await system.tasks.create({ ...real, request_id: 999 })
  await system.tasks.create({ ...real, data_id: randomBytes(32) })

  await expect.poll(() => countByState(pool)).toEqual({ gone: 2 })
  expect(await system.executions.list({ limit: 10 })).toEqual([])
})

test("an endpoint that is behind, or down, loses nothing", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  const event = system.chain.request()
  const { isDown } = Object.assign(system.chain.state, { isDown: true })
  expect(isDown).toBe(true)
  await system.tasks.create(event)
  expect(await system.poll("compile", "worker", 100)).toBeUndefined()

  system.chain.state.isDown = false

  expect((await system.takeCompile()).commit).toBe(COMMIT)
})

test("a request that an endpoint behind the event does not know is asked for again", async ({
  pool,
}) => {
  await using system = await openTestSystem(pool)
  const event = system.chain.request()
  const known = await system.chain.getRequest("", event.request_id)
  system.chain.forget(event)
  system.chain.state.height = 900
  await system.tasks.create(event)
  await expect.poll(() => triesOf(pool)).toBeGreaterThan(0)
  expect(await countByState(pool)).toEqual({ checking: 1 })

  system.chain.state.height = 1_001

  expect(known).toBeDefined()
  await expect.poll(() => countByState(pool)).toEqual({ gone: 1 })
})

test("many requests for one commit are compiled once, and only the first pays", async ({
  pool,
}) => {
  await using system = await openTestSystem(pool)
  const events = Array.from({ length: 5 }, (_, n) => system.chain.request({ sender: `s${n}.near` }))
  await Promise.all(events.map((event) => system.tasks.create(event)))
  await expect.poll(() => countByState(pool)).toMatchObject({ waiting: 5 })

  await system.compile(await system.takeCompile(), 1_000)

  const executions = await Promise.all(events.map(() => system.takeExecute()))
  const times = executions.map((task) => task.compile_time_ms)
  expect(times.filter((time) => time !== null)).toEqual([1_000])
  expect(await system.poll("compile", "worker", 200)).toBeUndefined()

  await system.tasks.create(system.chain.request())
  const cached = await system.takeExecute()
  expect(cached).toMatchObject({ compile_time_ms: null })
  expect(cached.compilation_note).toMatch(/^Cached WASM from 20/)
})

test("a failed compilation becomes a verdict for all who waited", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  const events = [system.chain.request(), system.chain.request({ sender: "bob.near" })]
  for (const event of events) await system.tasks.create(event)
  await expect.poll(() => countByState(pool)).toMatchObject({ waiting: 2 })
  const compile = await system.takeCompile()

  const error = { code: "compile_failed", message: "no\0way" }
  await system.tasks.fail({ ...compile.key, error, compile_time_ms: 500, log: "tail\0" })

  const tasks = [await system.takeExecute(), await system.takeExecute()]
  for (const task of tasks) {
    expect(task).toMatchObject({
      verdict: { code: "compile_failed", message: "noway" },
      wasm: null,
    })
  }
  expect(new Set(tasks.map((task) => task.compile_time_ms))).toEqual(new Set([500, null]))
})

test("nobody is charged for more compile time than was paid for", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await system.tasks.create(system.chain.request({ maxCompileSeconds: 2 }))
  // A worker that stalled, or that cleaned up for long.
  await system.compile(await system.takeCompile(), 60_000)

  expect(await system.takeExecute()).toMatchObject({ compile_time_ms: 2_000 })
})

test("a request that was found in the state learns of the block where it was seen", async ({
  pool,
}) => {
  await using system = await openTestSystem(pool)
  const event = system.chain.request({ repo: "nowhere" })
  await system.tasks.create({ ...event, context: null })
  expect(await system.tasks.create(event)).toBe(false)

  expect((await system.takeExecute()).context).toEqual(event.context)
})

test("who paid for more time is not failed by another's time limit", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await system.tasks.create(system.chain.request({ maxCompileSeconds: 1 }))
  const compile = await system.takeCompile()
  await system.tasks.create(system.chain.request({ sender: "bob.near", maxCompileSeconds: 300 }))
  await expect.poll(() => countByState(pool)).toMatchObject({ waiting: 2 })

  const error = { code: "compile_timeout", message: "1 s" }
  await system.tasks.fail({ ...compile.key, error, compile_time_ms: 1_000, log: null })

  expect((await system.takeExecute()).verdict).toMatchObject({ code: "compile_timeout" })
  expect(await system.takeCompile()).toMatchObject({ max_compile_seconds: 300 })
})

test("a branch is resolved once, and what is not there is a verdict", async ({ pool }) => {
  const asked: string[] = []
  await using system = await openTestSystem(pool, {
    async resolveCommit(_repo, commit) {
      asked.push(commit)
      const failure = { code: "commit_not_found", message: "none" }
      return commit === "main" ? { commit: COMMIT } : { failure }
    },
  })
  await system.tasks.create(system.chain.request({ commit: "main" }))
  expect((await system.takeCompile()).commit).toBe(COMMIT)

  await system.tasks.create(system.chain.request({ commit: "absent" }))
  expect((await system.takeExecute()).verdict).toMatchObject({ code: "commit_not_found" })
  expect(asked).toEqual(["main", "absent"])
})

test("a repository that does not answer is our failure, after some tries", async ({ pool }) => {
  const failure = { code: "repository_unreachable", message: "silence" }
  await using system = await openTestSystem(pool, { resolveCommit: async () => ({ failure }) })
  await system.tasks.create(system.chain.request({ commit: "main" }))

  expect((await system.takeExecute()).verdict).toEqual(failure)
})

test("an address, target or commit that nothing can be is a verdict", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await system.tasks.create(system.chain.request({ repo: "../../etc" }))
  expect((await system.takeExecute()).verdict).toMatchObject({ code: "repository_not_found" })
  await system.tasks.create(system.chain.request({ commit: "--upload-pack=x" }))
  expect((await system.takeExecute()).verdict).toMatchObject({ code: "commit_not_found" })
})

test("a worker that loses its lease loses its say, once another has begun", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await prepare(system)
  const slow = await system.takeExecute("slow")
  await system.loseLeases()
  const next = await system.takeExecute("next")

  expect(next.key).toMatchObject({ task_id: slow.key.task_id, attempt: 2 })
  for (const call of [
    () => system.tasks.extend(slow.key),
    () => system.tasks.settle({ ...slow.key, ...settlement() }),
    () => system.tasks.complete(completionOf(slow)),
    () => system.tasks.release({ ...slow.key, delay_seconds: 0 }),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: "lease_lost" })
  }
  await system.settle(next)
})

test("a lease lasts while it is extended", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await prepare(system)
  const task = await system.takeExecute()
  const { task_id } = task.key
  const end = "update tasks set lease_expires_at = now() + interval '10 minutes' where id = $1"
  await pool.query(end, [task_id])

  await system.tasks.extend(task.key)

  const held =
    "select from tasks where id = $1 and lease_expires_at > now() + interval '11 minutes'"
  expect((await pool.query(held, [task_id])).rowCount).toBe(1)
  expect(await system.poll("execute", "other", 200)).toBeUndefined()
  await system.settle(task)
})

test("saying twice that a task is done changes nothing", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await system.tasks.create(system.chain.request())
  const compile = await system.takeCompile()
  const record = await system.compile(compile)
  const again = { kind: "compile" as const, ...compile.key, compile_time_ms: 1 }
  await system.tasks.complete({ ...again, wasm_hash: record.wasm_hash })

  const task = await system.takeExecute()
  await system.tasks.complete(completionOf(task))
  await system.tasks.complete(completionOf(task))
})

test("a compilation is not done without its wasm", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await system.tasks.create(system.chain.request())
  const compile = await system.takeCompile()
  const { wasm_hash } = recordOf(randomBytes(8))

  const done = { kind: "compile" as const, ...compile.key, wasm_hash, compile_time_ms: 1 }
  await expect(system.tasks.complete(done)).rejects.toMatchObject({ code: "bad_request" })

  await system.compile(compile)
})

test("the settlement of one lease is handed to the next", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await prepare(system)
  const first = await system.takeExecute()
  await system.tasks.settle({ ...first.key, ...settlement() })
  await system.tasks.release({ ...first.key, delay_seconds: 0 })

  expect((await system.takeExecute()).settlement).toEqual(settlement())
})

test("a released task comes back after its delay", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await prepare(system)
  const task = await system.takeExecute()
  await system.tasks.release({ ...task.key, delay_seconds: 3_600 })
  expect(await system.poll("execute", "worker", 300)).toBeUndefined()

  await pool.query("update tasks set run_after = run_after - interval '3600 seconds'")

  expect((await system.takeExecute()).key.attempt).toBe(2)
})

test("what no worker survives is given up", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await system.tasks.create(system.chain.request())
  for (let lost = 0; lost < 5; lost++) {
    await system.takeCompile()
    await system.loseLeases()
    await expect.poll(() => openCompilations(pool, "leased"), { interval: 10 }).toBe(0)
  }

  expect((await system.takeExecute()).verdict).toMatchObject({ code: "infrastructure" })
})

test("an id that the queue has lost is found again", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await prepare(system)
  await expect.poll(() => system.queue.size("execute")).toBe(1)

  expect(await system.queue.pop(["execute"])).toBeDefined()

  expect(await system.takeExecute()).toBeDefined()
})

test("a poll ends when nobody waits for it any more", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  const caller = new AbortController()
  const { signal } = caller
  const asked = { capabilities: ["execute" as const], workerId: "w", timeoutMs: 60_000 }
  const poll = system.tasks.poll({ ...asked, signal })

  caller.abort()

  expect(await poll).toBeUndefined()
})

test("an execution that failed for good gets another chance when the operator says so", async ({
  pool,
}) => {
  await using system = await openTestSystem(pool)
  const event = await prepare(system)
  const task = await system.takeExecute()
  const error = { code: "infrastructure", message: "the key was removed" }
  const failed = { ...task.key, error, compile_time_ms: null, log: null }
  await system.tasks.fail(failed)
  await system.tasks.fail(failed)
  expect(await system.executions.find(event.request_id)).toMatchObject({ state: "failed", error })

  expect(await system.tasks.requeue(task.key.task_id)).toBe(true)

  await system.settle(await system.takeExecute())
  expect(await system.stateOf(event)).toBe("settled")
  expect(await system.tasks.requeue(task.key.task_id)).toBe(false)
})

test("a failure code that nobody knows is refused", async ({ pool }) => {
  await using system = await openTestSystem(pool)
  await prepare(system)
  const { key } = await system.takeExecute()
  const error = { code: "bad_luck", message: "" }

  const failed = system.tasks.fail({ ...key, error, compile_time_ms: null, log: null })
  await expect(failed).rejects.toMatchObject({ code: "bad_request" })
})

/** A request that is ready to be executed. */
async function prepare(system: Awaited<ReturnType<typeof openTestSystem>>) {
  const event = system.chain.request()
  await system.tasks.create(event)
  await system.compile(await system.takeCompile())
  return event
}

function settlement() {
  const { summary } = completionOf({ verdict: null, key: {} } as never)
  return {
    tx_hash: TX_HASH,
    signer_public_key: "ed25519:11111111111111111111111111111111",
    signed_tx_base64: "AAAA",
    summary,
  }
}

async function countByState(pool: Pool) {
  const { rows } = await pool.query<{ state: string; count: number }>(
    "select state, count(*)::int from tasks where kind = 'execute' group by state",
  )
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

async function openCompilations(pool: Pool, state: string): Promise<number> {
  const { rowCount } = await pool.query(
    "select from tasks where kind = 'compile' and state = $1::task_state",
    [state],
  )
  return rowCount ?? 0
}

async function triesOf(pool: Pool) {
  return (await pool.query<{ tries: number }>("select tries from tasks")).rows[0]?.tries
}
