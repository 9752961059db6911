import { randomBytes } from "node:crypto"
import { type LeasedTask, OutlayerError } from "@outlayer/protocol"
import { dbTest } from "@outlayer/testing"
import { expect } from "vitest"
import { migrate } from "../migrate.ts"
import { completionOf, openTestSystem, recordOf, type TestSystem } from "../testing/test-system.ts"

const test = dbTest("coordinator", migrate)

const WORKERS = 6
const REQUESTS = 60
const COMMITS = ["a", "b", "c", "d"].map((letter) => letter.repeat(40))

/**
 * Workers do anything at any time: crash, stall beyond their lease, give back, fail, say things
 * twice; events are posted again, leases run out, the wasm goes missing. The log of who began and
 * ended what is kept by the workers themselves, not read from the database.
 */
test("whatever workers do, each request ends once and no lease has two holders", async ({
  pool,
}) => {
  await using system = await openTestSystem(pool)
  const leases = new Set<string>()
  const settled = new Map<number, number>()
  const events = Array.from({ length: REQUESTS }, (_, n) =>
    system.chain.request({ sender: `s${n % 5}.near`, commit: pick(COMMITS) }),
  )
  const stop = new AbortController()
  const workers = Array.from({ length: WORKERS }, (_, n) => work(`w${n}`))
  const trouble = makeTrouble()

  for (const event of events)
    await Promise.all([system.tasks.create(event), system.tasks.create(event)])
  await expect.poll(async () => (await pool.query(OPEN)).rows, { interval: 50 }).toEqual([])
  stop.abort()
  await Promise.all([...workers, trouble])

  for (const { request_id } of events) {
    expect(settled.get(request_id), `request ${request_id}`).toBe(1)
    expect(await system.executions.find(request_id)).toMatchObject({ state: "settled" })
  }

  async function work(workerId: string): Promise<void> {
    while (!stop.signal.aborted) {
      const capabilities = pick([["compile"], ["execute"], ["compile", "execute"]] as const)
      const { signal } = stop
      const task = await system.tasks.poll({ capabilities, workerId, timeoutMs: 200, signal })
      if (task) await handle(task).catch(ignoreLost)
    }
  }

  async function handle(task: LeasedTask): Promise<void> {
    const { task_id, attempt } = task.key
    expect(leases).not.toContain(`${task_id} ${attempt}`)
    leases.add(`${task_id} ${attempt}`)
    const whim = Math.random()
    if (whim < 0.15) return
    if (whim < 0.25) return system.tasks.release({ ...task.key, delay_seconds: 0 })
    if (whim < 0.35) await loseLease(task_id)
    if (whim < 0.5) await system.tasks.extend(task.key)
    if (task.kind === "compile") await finishCompile(system, task)
    else await finishExecute(task)
  }

  /** The fake chain settles a request once; the others learn that it is gone. */
  async function finishExecute(task: Extract<LeasedTask, { kind: "execute" }>): Promise<void> {
    const { request_id } = task.request
    const known = await system.chain.getRequest("", request_id)
    if (known) {
      const { summary, tx_hash } = completionOf(task)
      const signer_public_key = "ed25519:11111111111111111111111111111111"
      const signed = { tx_hash: tx_hash ?? "", signer_public_key, signed_tx_base64: "AAAA" }
      await system.tasks.settle({ ...task.key, ...signed, summary })
      // Between recording and sending nobody else may have settled: the chain decides.
      if (await system.chain.getRequest("", request_id)) {
        system.chain.forget(task.request)
        settled.set(request_id, (settled.get(request_id) ?? 0) + 1)
      }
    }
    await system.tasks.complete(completionOf(task))
    if (Math.random() < 0.2) await system.tasks.complete(completionOf(task))
  }

  async function makeTrouble(): Promise<void> {
    while (!stop.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await system.tasks.create(pick(events))
      // Crashes: nobody will extend these. They count, and five of them give a task up.
      if (Math.random() < 0.5) {
        await pool.query(
          "update tasks set lease_expires_at = now(), lost_leases = 0 where state = 'leased'",
        )
      }
      if (Math.random() < 0.1) await pool.query("delete from wasm_files where random() < 0.5")
      if (Math.random() < 0.3) await system.queue.pop(["compile", "execute"])
    }
  }

  async function loseLease(taskId: string): Promise<void> {
    await pool.query("update tasks set lease_expires_at = now(), lost_leases = 0 where id = $1", [
      taskId,
    ])
  }
})

async function finishCompile(system: TestSystem, task: Extract<LeasedTask, { kind: "compile" }>) {
  const wasm = randomBytes(16)
  const record = recordOf(wasm, task.commit)
  await system.wasm.upload(record, wasm)
  const done = { kind: "compile" as const, ...task.key, compile_time_ms: 5 }
  await system.tasks.complete({ ...done, wasm_hash: record.wasm_hash })
}

const OPEN = `
  select id, kind, state from tasks
  where state not in ('done', 'failed', 'expired', 'gone')
`

/** What a worker hears that lost its task, or whose upload was evicted meanwhile. */
function ignoreLost(error: unknown): void {
  const isLost =
    error instanceof OutlayerError && ["lease_lost", "bad_request"].includes(error.code)
  if (!isLost) throw error
}

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T
}
