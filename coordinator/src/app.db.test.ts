import { randomBytes } from "node:crypto"
import { readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import {
  AcquireLock,
  callRoute,
  CompleteTask,
  CreateTask,
  DetailedHealth,
  ErrorBody,
  GetCursor,
  GetExecution,
  GetWasm,
  Health,
  Heartbeat,
  ListExecutions,
  ListWorkerTokens,
  Metrics,
  PollTask,
  PutCursor,
  RecordSettlement,
  ReleaseLock,
  RevokeWorkerToken,
  Sha256Hex,
  UploadWasm,
  WasmExists,
} from "@outlayer/protocol"
import { LIMITS } from "@outlayer/protocol/pure"
import { dbTest } from "@outlayer/testing"
import type pg from "pg"
import { expect } from "vitest"
import { migrate } from "./migrate.ts"
import { COMMIT, CONTRACT } from "./testing/fake-chain.ts"
import { openTestCoordinator } from "./testing/test-coordinator.ts"
import { completionOf, recordOf } from "./testing/test-system.ts"

const test = dbTest("coordinator", migrate)
const worker_id = "w1"

test("a request's life over HTTP", async ({ pool }) => {
  await using coordinator = await open(pool)
  const { call, chain } = coordinator
  const event = chain.request()
  expect(await call(CreateTask, { body: event })).toMatchObject({ created: true })
  expect(await call(CreateTask, { body: event })).toMatchObject({ created: false })
  const query = { timeout: 60, capabilities: ["compile" as const, "execute" as const], worker_id }

  const compile = await call(PollTask, { query })
  if (compile?.kind !== "compile") throw new Error("no compilation")
  const wasm = randomBytes(100)
  const record = recordOf(wasm)
  const uploaded = await call(UploadWasm, { body: { record, wasm } })
  expect(uploaded).toEqual({ checksum: record.wasm_hash, created: true })
  const done = { kind: "compile" as const, ...compile.key, compile_time_ms: 5 }
  await call(CompleteTask, { body: { ...done, wasm_hash: record.wasm_hash } })

  const execute = await call(PollTask, { query })
  if (execute?.kind !== "execute") throw new Error("no execution")
  const params = { checksum: record.wasm_hash }
  expect(Buffer.from(await call(GetWasm, { params }))).toEqual(wasm)
  await call(CompleteTask, { body: completionOf(execute) })

  // Everybody may read how it went.
  const { baseUrl } = coordinator
  const { request_id } = event
  const execution = await callRoute(GetExecution, { params: { request_id } }, { baseUrl })
  expect(execution).toMatchObject({
    state: "settled",
    success: true,
    resolved_commit: compile.commit,
  })
  const { executions } = await callRoute(ListExecutions, { query: { limit: 5 } }, { baseUrl })
  const { receipt: _, attestation: __, asked_in: ___, ...listed } = execution
  expect(executions).toEqual([listed])
})

test("201 says new, 200 known, and 204 that there is nothing to do", async ({ pool }) => {
  await using coordinator = await open(pool)
  const headers = { authorization: `Bearer ${coordinator.token}` }
  const payload = CreateTask.body.encode(coordinator.chain.request())

  const answers = []
  for (let n = 0; n < 2; n++) {
    answers.push(
      await coordinator.app.inject({ method: "POST", url: "/tasks/create", headers, payload }),
    )
  }
  const url = "/tasks/poll?timeout=0&capabilities=execute&worker_id=w"
  answers.push(await coordinator.app.inject({ url, headers }))

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 200, 204])
})

test("workers' routes want a worker's token, the operator's another", async ({ pool }) => {
  await using coordinator = await open(pool)
  const { app, token, admin, baseUrl } = coordinator
  const as = (authorization?: string) => ({
    method: "GET" as const,
    url: "/watchers/cursor?contract_id=a.near",
    headers: authorization ? { authorization } : {},
  })
  for (const header of [
    undefined,
    "Bearer nope",
    token,
    `Basic ${token}`,
    `Bearer ${admin.token}`,
  ]) {
    const response = await app.inject(as(header))
    expect(response.statusCode).toBe(401)
    expect(ErrorBody.parse(response.json())).toMatchObject({ code: "unauthorized" })
  }
  expect((await app.inject(as(`Bearer ${token}`))).statusCode).toBe(200)
  const asWorker = callRoute(ListWorkerTokens, {}, { baseUrl, token })
  await expect(asWorker).rejects.toMatchObject({ code: "unauthorized" })

  const { tokens } = await callRoute(ListWorkerTokens, {}, admin)
  expect(JSON.stringify(tokens)).not.toContain(token)
  const [own] = tokens.filter(({ last_used_at }) => last_used_at !== null)
  const token_hash = own?.token_hash ?? Sha256Hex.parse("0".repeat(64))
  expect(await callRoute(RevokeWorkerToken, { query: { token_hash } }, admin)).toEqual({
    revoked: true,
  })
  expect((await app.inject(as(`Bearer ${token}`))).statusCode).toBe(401)
})

test("a token that a script wrote into the table is good", async ({ pool }) => {
  await using coordinator = await open(pool)
  await pool.query(
    `insert into worker_auth_tokens (token_hash, worker_name, is_active)
     values (encode(sha256('by-hand'), 'hex'), 'script', true)`,
  )

  const { baseUrl } = coordinator
  const query = { contract_id: CONTRACT }
  await callRoute(GetCursor, { query }, { baseUrl, token: "by-hand" })
})

test("hostile uploads are refused, and leave nothing behind", async ({ pool }) => {
  await using coordinator = await open(pool)
  const { call, app, token, folder } = coordinator
  const wasm = randomBytes(10)
  const record = recordOf(wasm)

  for (const bad of [
    { record: recordOf(randomBytes(10)), wasm },
    { record: recordOf(wasm, COMMIT, { repo: "https://github.com/owner/name" }), wasm },
    { record: recordOf(wasm, COMMIT, { build_target: "x86_64" }), wasm },
    // Signed, but not so.
    { record: { ...record, branches: ["other"] }, wasm },
  ]) {
    await expect(call(UploadWasm, { body: bad })).rejects.toMatchObject({ retryable: false })
  }
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
  const payload = " ".repeat(50_000_000)
  const large = await app.inject({ method: "POST", url: "/wasm/upload", headers, payload })
  expect(ErrorBody.parse(large.json()).code).toBe("payload_too_large")
  for (const name of ["..%2F..%2Fetc%2Fpasswd", "x".repeat(64), "A".repeat(64), "%00"]) {
    const response = await app.inject({ url: `/wasm/${name}`, headers })
    expect([400, 404]).toContain(response.statusCode)
  }
  expect(await readdir(folder)).toEqual([])
})

test("a corrupt file is forgotten", async ({ pool }) => {
  await using coordinator = await open(pool)
  const { call, folder } = coordinator
  const wasm = randomBytes(10)
  const record = recordOf(wasm)
  await call(UploadWasm, { body: { record, wasm } })
  const params = { checksum: record.wasm_hash }
  expect(await call(WasmExists, { params })).toMatchObject({ exists: true })
  await writeFile(join(folder, `${record.wasm_hash}.wasm`), "something else")

  await expect(call(GetWasm, { params })).rejects.toMatchObject({ code: "wasm_not_found" })

  expect(await call(WasmExists, { params })).toEqual({ exists: false, created_at: null })
  expect(await readdir(folder)).toEqual([])
})

test("the settlement of the longest answer is recorded", async ({ pool }) => {
  await using coordinator = await open(pool)
  const { call, chain } = coordinator
  // Its commit is no address: a verdict, which needs no compilation.
  await call(CreateTask, { body: chain.request({ repo: "nowhere" }) })
  const query = { timeout: 60, capabilities: ["execute" as const], worker_id }
  const task = await call(PollTask, { query })
  if (task?.kind !== "execute") throw new Error("no execution")
  const { tx_hash, summary } = completionOf(task)

  // JSON writes a control character of a text as six.
  const args = { output: { Text: "\u0001".repeat(LIMITS.outputBytes) } }
  const signed_tx_base64 = Buffer.from(JSON.stringify(args).padEnd(200_000)).toString("base64")
  const settlement = {
    tx_hash,
    summary,
    signed_tx_base64,
    signer_public_key: `ed25519:${"1".repeat(43)}`,
  }
  expect(await call(RecordSettlement, { body: { ...task.key, ...settlement } })).toEqual({
    ok: true,
  })
})

test("a lock is one worker's until it gives it back or its time is up", async ({ pool }) => {
  await using coordinator = await open(pool)
  const { call } = coordinator
  const lock_key = `a/b c${"x".repeat(507)}`
  const acquire = (id: string, ttl_seconds = 60) =>
    call(AcquireLock, { body: { lock_key, worker_id: id, ttl_seconds } })
  const release = (id: string) =>
    call(ReleaseLock, { params: { lock_key }, query: { worker_id: id } })

  expect(await acquire("one")).toEqual({ acquired: true })
  expect(await acquire("two")).toEqual({ acquired: false })
  expect(await release("two")).toEqual({ released: false })
  expect(await release("one")).toEqual({ released: true })

  expect(await acquire("two", 1)).toEqual({ acquired: true })
  await expect.poll(() => acquire("one")).toEqual({ acquired: true })
  expect(await release("two")).toEqual({ released: false })
})

test("a cursor moves forward only", async ({ pool }) => {
  await using coordinator = await open(pool)
  const { call } = coordinator
  const put = (block_height: number) =>
    call(PutCursor, { body: { contract_id: CONTRACT, block_height } })

  expect(await call(GetCursor, { query: { contract_id: CONTRACT } })).toMatchObject({
    block_height: null,
  })
  expect(await put(10)).toMatchObject({ block_height: 10 })
  expect(await put(7)).toMatchObject({ block_height: 10 })
  expect(await call(GetCursor, { query: { contract_id: CONTRACT } })).toMatchObject({
    block_height: 10,
  })
})

test("health, metrics and the API's description are there for everybody", async ({ pool }) => {
  await using coordinator = await open(pool)
  const { call, chain, baseUrl, app } = coordinator
  const body = { worker_id, worker_name: "w", status: "online" as const }
  await call(Heartbeat, { body: { ...body, current_task_id: null, sandbox_level: "full" } })

  expect(await callRoute(Health, {}, { baseUrl })).toBe("OK")
  chain.state.isDown = true
  expect(await callRoute(DetailedHealth, {}, { baseUrl })).toMatchObject({
    healthy: false,
    parts: { database: { healthy: true }, chain: { healthy: false } },
  })
  const metrics = await callRoute(Metrics, {}, { baseUrl })
  expect(metrics).toContain("outlayer_active_workers 1\n")
  expect(metrics).toContain('outlayer_queue_tasks{capability="compile"} 0\n')
  const { paths } = (await app.inject("/openapi.json")).json<{ paths: object }>()
  expect(Object.keys(paths)).toContain("/tasks/poll")
})

test("who reads too often is asked to wait", async ({ pool }) => {
  await using coordinator = await open(pool, { RATE_LIMIT_PER_MINUTE: "3" })
  const statuses = []
  for (let n = 0; n < 4; n++) {
    statuses.push((await coordinator.app.inject("/executions")).statusCode)
  }
  expect(statuses).toEqual([200, 200, 200, 429])
})

test("what is rejected early wears the same envelope, and a crash shows nothing", async ({
  pool,
}) => {
  await using coordinator = await open(pool)
  const { app, token } = coordinator
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
  const broken = await app.inject({ method: "POST", url: "/tasks/create", headers, payload: "{" })
  expect(ErrorBody.parse(broken.json()).code).toBe("bad_request")
  const lost = await app.inject("/nowhere")
  expect(ErrorBody.parse(lost.json()).code).toBe("route_not_found")
  const nul = await app.inject({
    method: "POST",
    url: "/locks/acquire",
    headers,
    payload: { lock_key: "a\0b", worker_id, ttl_seconds: 1 },
  })
  expect(nul.statusCode).toBe(400)
})

test("a shutdown ends long polls at once", { timeout: 100_000 }, async ({ pool }) => {
  const coordinator = await open(pool, { TASK_POLL_TIMEOUT_SECONDS: "120" })
  const query = { timeout: 120, capabilities: ["execute" as const], worker_id }
  const poll = coordinator.call(PollTask, { query })
  await expect.poll(() => coordinator.app.server.listening).toBe(true)
  await coordinator.call(GetCursor, { query: { contract_id: CONTRACT } })

  await coordinator[Symbol.asyncDispose]()

  // By itself it would last for longer than this test may.
  expect(await poll).toBeNull()
})

async function open(pool: pg.Pool, env: NodeJS.ProcessEnv = {}) {
  await pool.query(
    `truncate requests, tasks, builds, wasm_files, locks, watcher_cursors, workers,
       worker_auth_tokens cascade`,
  )
  return openTestCoordinator(String(pool.options.connectionString), env)
}
