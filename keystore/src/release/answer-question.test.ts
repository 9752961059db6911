import { AccountId, FullCommit, Sha256Hex } from "@outlayer/protocol"
import {
  hexOf,
  questionBytes,
  requestHash,
  sealSecrets,
  type SecretContext,
} from "@outlayer/protocol/pure"
import { importSigningSeed, importVerifier, nodePrimitives } from "@outlayer/protocol/sealing/node"
import { createSlots } from "@outlayer/service"
import { expect, test } from "vitest"
import type { Chain } from "../chain/chain.ts"
import type { Snapshot } from "../chain/snapshot.ts"
import { openKeyring } from "../keys/keyring.ts"
import type { RecordLog } from "../records/record-log.ts"
import { createSessions } from "../sessions/sessions.ts"
import { answerQuestion } from "./answer-question.ts"

const CONTRACT = AccountId.parse("outlayer.near")
const COMMIT = FullCommit.parse("c0ffee".padEnd(40, "0"))
const SCOPE = { repo: "github.com/owner/name", branch: null, owner: "alice.near" }
const FAR_NS = 2n ** 62n

test("a slow condition keeps no other question waiting, and each number is used once", async () => {
  const world = await openWorld()
  const [slow, quick] = [world.question(1, "slow"), world.question(2, "quick")]

  const first = world.answer(slow)
  await world.until(() => world.balancesAsked === 1)

  expect((await world.answer(quick)).record.denial).toBeNull()
  for (const used of [slow, quick]) {
    await expect(world.answer(used)).rejects.toMatchObject({ code: "sequence_refused" })
  }
  world.giveBalance()
  expect((await first).record.denial).toBeNull()
})

test("a question that another has overtaken is refused, and gets nothing later", async () => {
  const world = await openWorld()
  const [first, second] = [world.question(1, "quick"), world.question(2, "quick")]
  await world.answer(second)

  await expect(world.answer(first)).rejects.toMatchObject({ code: "sequence_refused" })
  expect(world.released).toBe(1)
})

test("no more than sixteen of a session are answered at a time, and none of the rest is used up", async () => {
  const world = await openWorld()
  const slow = Array.from({ length: 16 }, (_, at) => world.answer(world.question(at, "slow")))
  const next = world.question(16, "quick")

  await expect(world.answer(next)).rejects.toMatchObject({ code: "rate_limited" })
  await world.until(() => world.balancesAsked > 0)
  world.giveBalance()
  await Promise.all(slow)

  expect((await world.answer(next)).record.denial).toBeNull()
})

test.each([
  ["a worker whose registration was withdrawn", "withdraw", "attestation_refused"],
  ["a worker whose session has ended by the chain's time", "expire", "session_invalid"],
  ["a worker that has opened another session", "reopen", "session_invalid"],
  ["a request that was settled", "settle", "request_not_pending"],
  ["a secret that its owner has deleted", "delete", "chain_unavailable"],
  ["a secret whose owner has sealed it anew", "seal", "chain_unavailable"],
  ["a secret whose condition its owner has changed", "restrict", "chain_unavailable"],
] as const)("while a condition takes its time, nothing goes to or of %s", async (_, what, code) => {
  const world = await openWorld()
  const answer = world.answer(world.question(1, "slow"))
  await world.until(() => world.balancesAsked === 1)

  world.change[what]()
  world.pass(2_001)
  world.giveBalance()

  await expect(answer).rejects.toMatchObject({ code })
  expect(world.released).toBe(0)
})

test("what has not changed while a condition took its time is given", async () => {
  const world = await openWorld()
  const answer = world.answer(world.question(1, "slow"))
  await world.until(() => world.balancesAsked === 1)

  world.pass(2_001)
  world.giveBalance()

  expect((await answer).record.denial).toBeNull()
})

/** Two secrets: one whose condition asks for a balance, which comes when `giveBalance` says so. */
async function openWorld() {
  const read = async () => new Uint8Array(32).fill(7)
  const place = { network: "localnet", contractId: CONTRACT }
  const keyring = await openKeyring({ name: "test", read }, { ...place, epoch: 1, oldestEpoch: 1 })
  const worker = importSigningSeed(new Uint8Array(32).fill(1))
  const verify = importVerifier(worker.publicKey) ?? (() => false)
  const sessions = createSessions()
  const facts = { workerKey: worker.publicKey, measurement: "m", verify, expiresAtNs: FAR_NS }
  const session = sessions.open(facts)
  const balance = Promise.withResolvers<void>()
  let [nowMs, height] = [0, 1]
  const state = {
    isLive: true,
    isPending: true,
    isStored: true,
    timestampNs: 1n,
    slow: seal("slow"),
    condition: { NearBalance: { operator: "Gte", value: "1" } } as unknown,
  }
  const world = {
    balancesAsked: 0,
    released: 0,
    giveBalance: () => balance.resolve(),
    question,
    /** As if so many milliseconds had gone by, and a block. */
    pass(ms: number) {
      nowMs += ms
      height += 1
    },
    change: {
      withdraw: () => (state.isLive = false),
      expire: () => (state.timestampNs = FAR_NS),
      reopen: () => sessions.open(facts),
      settle: () => (state.isPending = false),
      delete: () => (state.isStored = false),
      seal: () => (state.slow = seal("slow")),
      restrict: () => (state.condition = { Whitelist: { accounts: ["bob.near"] } }),
    },
    answer: (asked: ReturnType<typeof question>) =>
      answerQuestion(
        {
          sessions,
          chain: chain(),
          accounts: { outlayer: CONTRACT, register: "register.near" },
          keyring,
          records: records(),
          reads: createSlots(32),
          nowMs: () => nowMs,
        },
        asked,
      ),
    async until(holds: () => boolean) {
      await expect.poll(holds).toBe(true)
    },
  }
  return world

  function chain(): Chain {
    const snapshot = async () => snapshotOf({ ...state }, height)
    return { snapshot, refresh: snapshot, skewedSinceMs: () => undefined }
  }

  function snapshotOf(at: typeof state, blockHeight: number): Snapshot {
    const value = (contract: string, method: string, args: object): unknown => {
      if (contract === "register.near") {
        const { publicKey: public_key } = worker
        const live = { is_live: at.isLive, reason: null, expires_at_ns: String(2n ** 63n) }
        return { account_id: "op.near", public_key, measurement: "m", root: "test", ...live }
      }
      if (method === "get_request") return at.isPending ? requestOf(args) : null
      const { profile } = args as { profile: string }
      if (!at.isStored) return null
      const isSlow = profile === "slow"
      const encrypted_secrets = isSlow ? at.slow : seal(profile)
      return { encrypted_secrets, branch: null, access: isSlow ? at.condition : "AllowAll" }
    }
    return {
      block: { height: blockHeight, hash: String(blockHeight), timestampNs: at.timestampNs },
      view: async (...asked) => ({ ok: true, value: value(...asked) }),
      viewText: async () => ({ ok: true, value: "null" }),
      async balance() {
        world.balancesAsked += 1
        await balance.promise
        return { ok: true, value: 1n }
      },
      hasFullAccess: async () => true,
    }
  }

  function seal(profile: string): string {
    const context: SecretContext = { ...place, ...SCOPE, kind: "stored", profile }
    const { publicKey } = keyring.scopeKey(SCOPE, 1) as { publicKey: Uint8Array }
    const envelope = sealSecrets(nodePrimitives, { publicKey, epoch: 1, context }, { KEY: "value" })
    return Buffer.from(envelope).toString("base64")
  }

  function question(sequence: number, profile: "slow" | "quick") {
    const request_id = profile === "slow" ? 1 : 2
    const asked = {
      session_id: session.id,
      sequence,
      contract_id: CONTRACT,
      request_id,
      request_hash: Sha256Hex.parse(requestOf({ request_id }).request_hash),
      commit: COMMIT,
      wasm_hash: Sha256Hex.parse("cd".repeat(32)),
      branches: ["main"],
      reply_key: hexOf(nodePrimitives.drawAgreementKey().publicKey),
    }
    const bytes = questionBytes(nodePrimitives, { network: "localnet", ...asked })
    return { ...asked, signature: Buffer.from(worker.sign(bytes)).toString("base64") }
  }

  /** Counts what goes out. */
  function records(): RecordLog {
    return {
      async append(facts) {
        if (facts.denial === null) world.released += 1
        return { record: facts } as never
      },
      read: async () => [],
      head: () => ({ count: 0, head: "" }),
      [Symbol.asyncDispose]: async () => {},
    }
  }
}

function requestOf(args: object) {
  const { request_id } = args as { request_id: number }
  const request = {
    request_id,
    sender_id: "app.near",
    payer_account_id: "app.near",
    code_source: { repo: "owner/name", commit: COMMIT, build_target: "wasm32-wasip1" as const },
    resource_limits: {
      max_instructions: 1,
      max_memory_mb: 1,
      max_execution_seconds: 1,
      max_compile_seconds: 1,
    },
    input_data: "{}",
    response_format: "Text" as const,
    with_status: false,
    secrets_ref: { profile: request_id === 1 ? "slow" : "quick", account_id: "alice.near" },
    encrypted_secrets: null,
    payment: "1",
    timestamp: "1",
    http_hosts: null,
  }
  return { ...request, request_hash: hexOf(requestHash(nodePrimitives, CONTRACT, request)) }
}
