/** A coordinator whose one request a worker is running. */
import { randomBytes } from "node:crypto"
import {
  callRoute,
  CompleteTask,
  CreateTask,
  type ExecutionSummary,
  GetExecution,
  PollTask,
  UploadWasm,
} from "@outlayer/protocol"
import type pg from "pg"
import { openTestCoordinator } from "./test-coordinator.ts"
import { completionOf, recordOf } from "./test-system.ts"

export async function openRunning(pool: pg.Pool) {
  await pool.query("truncate requests, tasks, builds, wasm_files cascade")
  const coordinator = await openTestCoordinator(String(pool.options.connectionString))
  const { call, chain, baseUrl, token } = coordinator
  const event = chain.request()
  const wasm = randomBytes(100)
  await call(CreateTask, { body: event })
  const query = { timeout: 60, capabilities: ["compile" as const, "execute" as const] }
  const poll = () => call(PollTask, { query: { ...query, worker_id: "w" } })
  const compile = await poll()
  if (compile?.kind !== "compile") throw new Error("no compilation")
  const record = recordOf(wasm)
  await call(UploadWasm, { body: { record, wasm } })
  const done = { kind: "compile" as const, ...compile.key, compile_time_ms: 5 }
  await call(CompleteTask, { body: { ...done, wasm_hash: record.wasm_hash } })
  const task = await poll()
  if (task?.kind !== "execute") throw new Error("no execution")
  const params = { request_id: event.request_id }
  return {
    call,
    token,
    task,
    baseUrl,
    complete(some: Partial<ExecutionSummary>) {
      const completion = completionOf(task)
      return call(CompleteTask, {
        body: { ...completion, summary: { ...completion.summary, ...some } },
      })
    },
    read: () => callRoute(GetExecution, { params }, { baseUrl }),
    [Symbol.asyncDispose]: () => coordinator[Symbol.asyncDispose](),
  }
}
