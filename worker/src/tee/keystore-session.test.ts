import { randomBytes, randomUUID } from "node:crypto"
import {
  AccountId,
  AskChallenge,
  type AskSecrets,
  type ErrorCode,
  FullCommit,
  OpenSession,
  OutlayerError,
  type Route,
  type RouteInput,
  Sha256Hex,
} from "@outlayer/protocol"
import {
  hexOf,
  NO_RECORD,
  questionBytes,
  recordBytes,
  sessionGrantBytes,
  sessionReportData,
} from "@outlayer/protocol/pure"
import { importSigningSeed, nodePrimitives } from "@outlayer/protocol/sealing/node"
import { expect, test } from "vitest"
import { createKeystoreClient } from "./keystore-session.ts"

const MINUTE_NS = 60_000_000_000n
const NAMES = { network: "localnet", contract_id: "outlayer.near", register_id: "register.near" }
const HASH = Sha256Hex.parse("ab".repeat(32))
const ASKED = {
  contract_id: AccountId.parse("outlayer.near"),
  request_id: 7,
  request_hash: HASH,
  commit: FullCommit.parse("c0ffee".padEnd(40, "0")),
  wasm_hash: HASH,
  branches: ["main"],
}

test("questions of one session go to the keystore that the chain has as live", async () => {
  const world = openWorld()

  await world.client.ask(ASKED)
  await world.client.ask(ASKED)

  expect(world.asked).toEqual(["challenge", "session", "decrypt", "decrypt"])
})

test("a keystore whose registration ends in the midst of a session is asked nothing more", async () => {
  const world = openWorld()
  await world.client.ask(ASKED)

  world.chain.isLive = false
  const later = world.client.ask(ASKED)

  await expect(later).rejects.toMatchObject({ code: "keystore_unavailable" })
  expect(world.asked).toEqual(["challenge", "session", "decrypt"])
})

test("a session with a keystore that another has replaced on chain is not used", async () => {
  const world = openWorld()
  await world.client.ask(ASKED)

  world.chain.keystoreKey = importSigningSeed(randomBytes(32)).publicKey
  const later = world.client.ask(ASKED)

  await expect(later).rejects.toMatchObject({ code: "keystore_unavailable" })
  expect(world.asked).toEqual(["challenge", "session", "decrypt", "challenge"])
})

test("while no quorum says that the keystore is registered, it is asked nothing", async () => {
  const world = openWorld()
  await world.client.ask(ASKED)

  world.chain.isDown = true
  await expect(world.client.ask(ASKED)).rejects.toMatchObject({ code: "chain_unavailable" })
  expect(world.asked).toHaveLength(3)

  world.chain.isDown = false
  await expect(world.client.ask(ASKED)).resolves.toMatchObject({ ok: false })
})

test("a session is left a minute before its end, by the time of blocks", async () => {
  const world = openWorld()
  await world.client.ask(ASKED)

  world.chain.timestampNs += 13n * MINUTE_NS
  await world.client.ask(ASKED)
  expect(world.asked).toEqual(["challenge", "session", "decrypt", "decrypt"])

  world.chain.timestampNs += MINUTE_NS
  await world.client.ask(ASKED)
  expect(world.asked.slice(4)).toEqual(["challenge", "session", "decrypt"])
})

test("a question whose answer takes long keeps no other waiting, and all are of one session", async () => {
  const world = openWorld()
  const slow = Promise.withResolvers<void>()
  world.chain.beforeAnswer = (sequence) => (sequence === 1 ? slow.promise : undefined)

  const first = world.client.ask(ASKED)
  const others = await Promise.all([world.client.ask(ASKED), world.client.ask(ASKED)])
  slow.resolve()

  expect([await first, ...others].map(({ ok }) => ok)).toEqual([false, false, false])
  expect(world.asked).toEqual(["challenge", "session", "decrypt", "decrypt", "decrypt"])
  expect(world.chain.sequences).toEqual([1, 2, 3])
})

test("no more are asked at a time than the keystore answers of one session", async () => {
  const world = openWorld()
  const gate = Promise.withResolvers<void>()
  world.chain.beforeAnswer = () => gate.promise

  const all = Array.from({ length: 40 }, () => world.client.ask(ASKED))
  await expect.poll(() => world.chain.sequences.length).toBe(16)
  gate.resolve()
  await Promise.all(all)

  expect(world.chain.sequences).toEqual(Array.from({ length: 40 }, (_, at) => at + 1))
})

test("a question that a later one has overtaken is asked again under a number of its own", async () => {
  const world = openWorld()
  world.chain.refusedFor = (sequence) => (sequence === 1 ? "sequence_refused" : undefined)

  await Promise.all([world.client.ask(ASKED), world.client.ask(ASKED)])

  expect(world.chain.sequences).toEqual([1, 2, 3])
  expect(world.asked.filter((route) => route === "session")).toHaveLength(1)
})

test("whoever says of every question that its number was used is not asked for ever", async () => {
  const world = openWorld()
  world.chain.refusedFor = () => "sequence_refused"

  await expect(world.client.ask(ASKED)).rejects.toMatchObject({ code: "sequence_refused" })

  expect(world.chain.sequences).toHaveLength(16)
})

test("questions side by side whose session is over open one new session together", async () => {
  const world = openWorld()
  await world.client.ask(ASKED)
  const over = world.chain.sessions[0]
  world.chain.refusedFor = (_, session) => (session === over ? "session_invalid" : undefined)

  await Promise.all([1, 2, 3].map(() => world.client.ask(ASKED)))

  expect(world.chain.sessions).toHaveLength(2)
})

test("an opening that fails is the failure of one question, and not of those that waited for it", async () => {
  const world = openWorld()
  world.chain.openingsThatFail = 1

  const all = await Promise.allSettled([1, 2, 3].map(() => world.client.ask(ASKED)))

  expect(all.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"])
  expect(world.chain.sessions).toHaveLength(1)
})

/** A keystore that denies everything, and the chain that says who it is. */
function openWorld() {
  const keystore = importSigningSeed(randomBytes(32))
  const worker = importSigningSeed(randomBytes(32))
  const chain = {
    timestampNs: 1_000_000_000_000_000_000n,
    keystoreKey: keystore.publicKey,
    isLive: true,
    isDown: false,
    /** By number of the question. */
    beforeAnswer: (_sequence: number): Promise<void> | undefined => undefined,
    refusedFor: (_sequence: number, _session: string): ErrorCode | undefined => undefined,
    openingsThatFail: 0,
    sequences: [] as number[],
    sessions: [] as string[],
  }
  const asked: string[] = []
  const nonce = randomBytes(32).toString("hex")
  const challenge_id = randomUUID()

  const client = createKeystoreClient({
    // What a route takes and gives, this switch knows better than types can.
    proxy: { call: (async (route: Route, input: never) => answer(route, input)) as never },
    chain: { finalBlock: async () => ({ ...chain, height: 1, hash: "h" }) },
    witnesses: { view: async () => readRegistration() },
    dstack: { getQuote: async () => ({ quote: new Uint8Array(8), eventLog: [] }) } as never,
    signer: { publicKey: worker.publicKey, signBytes: worker.sign },
    network: NAMES.network,
    contractId: NAMES.contract_id,
    registerId: NAMES.register_id,
  })
  return { client, chain, asked }

  function readRegistration() {
    if (chain.isDown) throw new OutlayerError("chain_unavailable", "No quorum")
    return {
      account_id: "keystore.near",
      encryption_key: "cd".repeat(32),
      signing_key: chain.keystoreKey,
      measurement: "m",
      expires_at_ns: String(chain.timestampNs + 1_000n * MINUTE_NS),
      is_live: chain.isLive,
      root: "test",
    }
  }

  function answer(route: Route, { body }: { body: never }): unknown {
    asked.push(route.path.slice(1))
    if (route === AskChallenge) {
      chain.openingsThatFail -= 1
      if (chain.openingsThatFail >= 0) throw new OutlayerError("rate_limited", "not now")
      const identity = { ...NAMES, account_id: "keystore.near", signing_key: keystore.publicKey }
      return { challenge_id, nonce, keystore: { ...identity, encryption_key: "", epoch: 1 } }
    }
    return route === OpenSession ? grant(body) : refuseOrDeny(body)
  }

  function grant({ worker_nonce, worker_key }: RouteInput<typeof OpenSession>["body"]) {
    const keystore_key = keystore.publicKey
    const statement = { ...NAMES, keystore_key, challenge_id, nonce, worker_nonce, worker_key }
    const reportData = sessionReportData(nodePrimitives, statement)
    const expires_at_ns = chain.timestampNs + 15n * MINUTE_NS
    const granted = { session_id: randomBytes(32).toString("hex"), expires_at_ns }
    chain.sessions.push(granted.session_id)
    return { ...granted, signature: sign(sessionGrantBytes(nodePrimitives, reportData, granted)) }
  }

  async function refuseOrDeny(body: RouteInput<typeof AskSecrets>["body"]) {
    chain.sequences.push(body.sequence)
    await chain.beforeAnswer(body.sequence)
    const code = chain.refusedFor(body.sequence, body.session_id)
    if (code) throw new OutlayerError(code, "refused")
    return deny(body)
  }

  function deny(body: RouteInput<typeof AskSecrets>["body"]) {
    const question = questionBytes(nodePrimitives, { network: NAMES.network, ...body })
    const { signature: _, session_id: __, sequence: ___, reply_key: ____, ...facts } = body
    const record = {
      ...facts,
      owner: "alice.near",
      number: 1,
      previous: NO_RECORD,
      denial: "secret_not_found" as const,
      network: NAMES.network,
      sender_id: "app.near",
      repo: "github.com/o/r",
      branch: null,
      profile: "default",
      worker_key: worker.publicKey,
      measurement: "m",
      question_hash: hexOf(nodePrimitives.sha512(question)),
      answer_hash: null,
      block_height: 1,
      block_hash: "h",
      block_time_ns: "1",
    }
    return { record, signature: sign(recordBytes(nodePrimitives, record)), sealed: null }
  }

  function sign(bytes: Uint8Array): string {
    return Buffer.from(keystore.sign(bytes)).toString("base64")
  }
}
