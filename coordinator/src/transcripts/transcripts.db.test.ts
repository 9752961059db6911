import {
  AccountId,
  callRoute,
  type ExecuteTask,
  GetTranscript,
  ListExecutions,
  type RunReceipt,
  type SealedTranscript,
  Sha256Hex,
  StoreTranscript,
} from "@outlayer/protocol"
import { dbTest } from "@outlayer/testing"
import type pg from "pg"
import { expect } from "vitest"
import { openDb } from "../db.ts"
import { migrate } from "../migrate.ts"
import { CONTRACT } from "../testing/fake-chain.ts"
import { openRunning } from "../testing/running-request.ts"
import { createTranscriptStore } from "./store.ts"

const test = dbTest("coordinator", migrate)
const LATER = "2100-01-01T00:00:00.000Z"

test("a receipt is public, and the transcript that it names is there for who can open it", async ({
  pool,
}) => {
  await using world = await open(pool)
  const [first, counted] = [hashOf("a"), hashOf("b")]
  await world.store(transcriptOf(first))
  await world.store(transcriptOf(counted))

  await expect(world.readTranscript()).rejects.toMatchObject({ code: "transcript_not_found" })
  await world.complete(receiptOf(counted))

  expect(await world.read()).toMatchObject({ state: "settled", receipt: receiptOf(counted) })
  expect(await world.readTranscript()).toEqual(transcriptOf(counted))
  const { executions } = await callRoute(ListExecutions, { query: { limit: 1 } }, world)
  expect(executions[0]).not.toHaveProperty("receipt")
})

test("a run without a receipt has none, nor a transcript", async ({ pool }) => {
  await using world = await open(pool)
  await world.complete(null)

  expect(await world.read()).toMatchObject({ state: "settled", receipt: null })
  await expect(world.readTranscript()).rejects.toMatchObject({ code: "transcript_not_found" })
})

test("who does not hold the task keeps nothing for it", async ({ pool }) => {
  await using world = await open(pool)
  const lost = { ...world.task.key, attempt: world.task.key.attempt + 1 }

  const stored = world.store(transcriptOf(hashOf("a")), lost)

  await expect(stored).rejects.toMatchObject({ code: "lease_lost" })
})

test("no transcript outlives a week, and an expired one is gone", async ({ pool }) => {
  await using world = await open(pool)
  const [old, young] = [hashOf("a"), hashOf("b")]
  await world.store(transcriptOf(old))
  await world.store(transcriptOf(young))
  const { rows } = await pool.query<{ far: number }>(
    "select count(*)::int as far from transcripts where expires_at > now() + interval '8 days'",
  )
  expect(rows).toEqual([{ far: 0 }])
  await world.complete(receiptOf(old))
  await pool.query("update transcripts set expires_at = now() where shared_hash = $1", [old])

  await expect(world.readTranscript()).rejects.toMatchObject({ code: "transcript_not_found" })
  const store = createTranscriptStore(openDb(pool), CONTRACT)
  expect(await store.removeExpired()).toBe(1)
  expect(await store.removeExpired()).toBe(0)
})

test("a large transcript is taken, and one that is too large is not", async ({ pool }) => {
  await using world = await open(pool)
  const large = transcriptOf(hashOf("a"), 4 * 1024 * 1024)
  await world.store(large)
  const tooLarge = world.store(transcriptOf(hashOf("b"), 5 * 1024 * 1024))

  await expect(tooLarge).rejects.toMatchObject({ code: "payload_too_large" })
})

async function open(pool: pg.Pool) {
  const running = await openRunning(pool)
  const { call, task, baseUrl } = running
  const params = { request_id: task.request.request_id }
  return {
    ...running,
    store: (transcript: SealedTranscript, key: ExecuteTask["key"] = task.key) =>
      call(StoreTranscript, { body: { ...key, transcript } }),
    complete: (receipt: RunReceipt | null) => running.complete({ receipt }),
    readTranscript: () => callRoute(GetTranscript, { params }, { baseUrl }),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}

function hashOf(digit: string) {
  return Sha256Hex.parse(digit.repeat(64))
}

function transcriptOf(shared_hash: Sha256Hex, bytes = 10): SealedTranscript {
  const box = Buffer.alloc(bytes).toString("base64")
  const key = { account_id: AccountId.parse("alice.near"), public_key: "k", box: "AAAA" }
  const shared = { box, nonce: "AAAA", keys: [key] }
  return { version: 1, shared_hash, expires_at: LATER, shared, private: null }
}

function receiptOf(shared_hash: Sha256Hex): RunReceipt {
  const sized = { hash: hashOf("0"), bytes: 0 }
  return {
    version: 1,
    request: null,
    engine: "e",
    sandbox_level: "full",
    wasm_hash: hashOf("1"),
    metered_hash: hashOf("2"),
    input: sized,
    arguments_hash: hashOf("3"),
    files_hash: null,
    environment: ["NEAR_SENDER_ID"],
    host_answers: { count: 0, hash: hashOf("4") },
    limits: {
      max_instructions: "1",
      max_memory_mb: 1,
      max_execution_ms: 1,
      max_output_bytes: 1,
    },
    outcome: { kind: "ok", exit_code: null, trap: null, where: [] },
    instructions: "1",
    time_ms: 1,
    output: sized,
    transcript: {
      shared_hash,
      private_hash: null,
      state: "kept",
      sealed_to: [AccountId.parse("alice.near")],
      expires_at: LATER,
    },
    hash: hashOf("5"),
  }
}
