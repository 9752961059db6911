import { randomUUID } from "node:crypto"
import {
  AccountId,
  callRoute,
  type ExecuteTask,
  FullCommit,
  GetAttestation,
  PublicKey,
  ResultAttestation,
  Sha256Hex,
  StoreAttestation,
} from "@outlayer/protocol"
import { attestationHash } from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import { dbTest } from "@outlayer/testing"
import type pg from "pg"
import { expect } from "vitest"
import { migrate } from "../migrate.ts"
import { openRunning } from "../testing/running-request.ts"

const test = dbTest("coordinator", migrate)

test("an attestation is public once its run is settled, and the request says where", async ({
  pool,
}) => {
  await using world = await open(pool)
  const attestation = attestationOf({ instructions: "5" })

  const { hash } = await world.store(attestation)
  await expect(world.find()).rejects.toMatchObject({ code: "attestation_not_found" })
  await world.complete({ attestation_hash: hash })

  expect(hash).toBe(attestationHash(nodePrimitives, attestation))
  expect(await world.find()).toEqual(attestation)
  const { task_id } = world.task.key
  expect(await world.read()).toMatchObject({ attestation: { task_id, hash } })
})

test("a run that is settled without an attestation has none, whatever was stored", async ({
  pool,
}) => {
  await using world = await open(pool)

  await world.store(attestationOf())
  await world.complete({})

  expect(await world.read()).toMatchObject({ state: "settled", attestation: null })
  await expect(world.find()).rejects.toMatchObject({ code: "attestation_not_found" })
})

test("an attempt has one attestation: the same again is taken, another is not", async ({
  pool,
}) => {
  await using world = await open(pool)
  const { hash } = await world.store(attestationOf())

  expect(await world.store(attestationOf())).toEqual({ hash })
  const other = world.store(attestationOf({ instructions: "6" }))
  await expect(other).rejects.toMatchObject({ code: "bad_request" })
})

test("who does not hold the task stores nothing for it, nor who has no token", async ({ pool }) => {
  await using world = await open(pool)
  const { key } = world.task
  const lost = [
    { ...key, attempt: key.attempt + 1 },
    { ...key, lease_token: randomUUID() },
    { ...key, task_id: randomUUID() },
  ]

  for (const one of lost) {
    await expect(world.store(attestationOf(), one)).rejects.toMatchObject({ code: "lease_lost" })
  }
  const body = { ...key, attestation: attestationOf() }
  const stranger = callRoute(StoreAttestation, { body }, { baseUrl: world.baseUrl, token: "no" })
  await expect(stranger).rejects.toMatchObject({ code: "unauthorized" })
})

test.for([
  ["a quote", { quote: Buffer.alloc(16_385).toString("base64") }, 400, "bad_request"],
  ["a log", { event_log: "x".repeat(131_073) }, 400, "bad_request"],
  ["a body", { event_log: "x".repeat(400_000) }, 413, "payload_too_large"],
  ["a field that nobody knows", { more: true }, 400, "bad_request"],
] as const)("%s is too much", async ([, change, status, code], { pool }) => {
  await using world = await open(pool)
  const attestation = { ...ResultAttestation.encode(attestationOf()), ...change }

  const reply = await fetch(`${world.baseUrl}/attestations`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${world.token}` },
    body: JSON.stringify({ ...world.task.key, attestation }),
  })

  expect(reply.status).toBe(status)
  expect(await reply.json()).toMatchObject({ code })
})

test("the longest of each is taken", async ({ pool }) => {
  await using world = await open(pool)
  const event_log = "\n".repeat(131_072)

  const stored = world.store({ ...attestationOf(), quote: new Uint8Array(16_384), event_log })

  await expect(stored).resolves.toBeDefined()
})

async function open(pool: pg.Pool) {
  const running = await openRunning(pool)
  const { call, task, baseUrl } = running
  const params = { task_id: task.key.task_id }
  return {
    ...running,
    store: (attestation: ResultAttestation, key: ExecuteTask["key"] = task.key) =>
      call(StoreAttestation, { body: { ...key, attestation } }),
    find: () => callRoute(GetAttestation, { params }, { baseUrl }),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}

function attestationOf(some: Partial<ResultAttestation["statement"]> = {}): ResultAttestation {
  const hash = Sha256Hex.parse("0".repeat(64))
  const statement = {
    network: "localnet",
    contract_id: AccountId.parse("outlayer.near"),
    request_id: 7,
    request_hash: hash,
    commit: FullCommit.parse("1".repeat(40)),
    wasm_hash: hash,
    output_hash: hash,
    error_code: null,
    instructions: "1",
    block_height: 9,
    block_hash: "1".repeat(44),
    worker_key: PublicKey.parse(`ed25519:${"1".repeat(32)}`),
    receipt_hash: hash,
    ...some,
  }
  return { statement, quote: new Uint8Array([1, 2]), event_log: "[]" }
}
