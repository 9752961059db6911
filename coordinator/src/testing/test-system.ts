/** Tasks and wasm over a test's own database, with a fake chain and a worker to play. */
import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type BuildRecord,
  type CompileTask,
  type ExecuteTask,
  type LeasedTask,
  Sha256Hex,
} from "@outlayer/protocol"
import { buildRecordBytes } from "@outlayer/protocol/pure"
import { importSigningSeed, nodePrimitives, sha256Hex } from "@outlayer/protocol/sealing/node"
import { createLogger } from "@outlayer/service"
import type pg from "pg"
import { openDb } from "../db.ts"
import { createExecutionStore } from "../executions/store.ts"
import { createMemoryQueue } from "../queue/memory-queue.ts"
import type { TaskQueue } from "../queue/queue.ts"
import type { ResolveCommit } from "../repositories/resolve-commit.ts"
import { openTasks } from "../tasks/tasks.ts"
import { openWasmFiles } from "../wasm/files.ts"
import { createWasmStore } from "../wasm/store.ts"
import { COMMIT, CONTRACT, createFakeChain } from "./fake-chain.ts"

/** Longer than any test takes: one that is to run out does so by `loseLeases`. */
const LEASE_SECONDS = 3_600

export type TestSystem = Awaited<ReturnType<typeof openTestSystem>>

export async function openTestSystem(
  pool: pg.Pool,
  options: {
    resolveCommit?: ResolveCommit
    queue?: TaskQueue
    maxWasmBytes?: number
  } = {},
) {
  const { queue = createMemoryQueue(), maxWasmBytes = 1e9 } = options
  const resolveCommit = options.resolveCommit ?? (async () => ({ commit: COMMIT }))
  // Each test begins with nothing: a file's tests share their database.
  await pool.query("truncate requests, tasks, builds, wasm_files, locks, watcher_cursors cascade")
  const db = openDb(pool)
  const log = createLogger("test", "silent")
  const chain = createFakeChain()
  const folder = await mkdtemp(join(tmpdir(), "outlayer-wasm-"))
  const files = await openWasmFiles(folder)
  const wasm = createWasmStore({ db, files, maxBytes: maxWasmBytes, log })
  const executions = createExecutionStore(db, CONTRACT)
  const tasks = openTasks({
    db,
    queue,
    chain,
    resolveCommit,
    leaseSeconds: LEASE_SECONDS,
    log,
    contractId: CONTRACT,
    lookAgainMs: 50,
  })

  return {
    chain,
    tasks,
    wasm,
    queue,
    executions,

    /** Waits for a task, by default for longer than a busy machine needs. */
    async poll(capability: LeasedTask["kind"], workerId = "worker", timeoutMs = 120_000) {
      const signal = new AbortController().signal
      return tasks.poll({ capabilities: [capability], workerId, timeoutMs, signal })
    },

    async takeCompile(workerId?: string): Promise<CompileTask> {
      const task = await this.poll("compile", workerId)
      if (task?.kind !== "compile") throw new Error("no task to compile")
      return task
    },

    async takeExecute(workerId?: string): Promise<ExecuteTask> {
      const task = await this.poll("execute", workerId)
      if (task?.kind !== "execute") throw new Error("no task to execute")
      return task
    },

    async upload(task: Pick<CompileTask, "commit">, bytes = randomBytes(64)): Promise<BuildRecord> {
      const record = recordOf(bytes, task.commit)
      await wasm.upload(record, bytes)
      return record
    },

    /** Compiles to random bytes, as a worker would. */
    async compile(task: CompileTask, compileTimeMs = 1_000): Promise<BuildRecord> {
      const record = await this.upload(task)
      await tasks.complete({
        kind: "compile",
        ...task.key,
        wasm_hash: record.wasm_hash,
        compile_time_ms: compileTimeMs,
      })
      return record
    },

    /** Settles on the fake chain and says so, as a worker would. */
    async settle(task: ExecuteTask): Promise<void> {
      chain.forget(task.request)
      await tasks.complete(completionOf(task))
    },

    /** As if nobody had extended any for long. */
    async loseLeases(): Promise<void> {
      await pool.query("update tasks set lease_expires_at = now() where state = 'leased'")
    },

    async stateOf({ request_id }: { request_id: number }): Promise<string | undefined> {
      return (await executions.find(request_id))?.state
    },

    async [Symbol.asyncDispose]() {
      await tasks[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const builder = importSigningSeed(randomBytes(32))

export function recordOf(bytes: Uint8Array, commit = COMMIT, changes = {}): BuildRecord {
  const facts = {
    repo: "github.com/owner/name",
    commit,
    branches: ["main"],
    build_target: "wasm32-wasip1",
    toolchain: "test 1",
    wasm_hash: sha256Hex(bytes),
    builder: builder.publicKey,
    ...changes,
  }
  const signature = builder.sign(buildRecordBytes(nodePrimitives, facts))
  return { ...facts, signature: Buffer.from(signature).toString("base64") }
}

export const TX_HASH = "1".repeat(43)

export function completionOf({ key, verdict }: ExecuteTask) {
  return {
    kind: "execute" as const,
    ...key,
    tx_hash: TX_HASH,
    summary: {
      success: verdict === null,
      error: verdict,
      resources_used: { instructions: 7, time_ms: 3 },
      output_hash: Sha256Hex.parse("0".repeat(64)),
      sandbox_level: "full",
      receipt: null,
      attestation_hash: null,
    },
  }
}
