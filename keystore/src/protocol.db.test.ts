/** Who gets a session, how it ends, and what outlives a restart. */
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import {
  AccountId,
  callRoute,
  ReadRecords,
  ResealSecrets,
  type RouteReply,
} from "@outlayer/protocol"
import {
  hexOf,
  recordBytes,
  recordHash,
  recordsRequest,
  type ReleaseRecord,
  resealBytes,
} from "@outlayer/protocol/pure"
import { importVerifier, nodePrimitives } from "@outlayer/protocol/sealing/node"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call } from "./testing/localnet.ts"
import type { TestWorker } from "./testing/test-worker.ts"
import {
  COMMIT,
  openTestWorld,
  REPO,
  type TestWorld,
  WASM_HASH,
  WORKER_COMPOSE,
} from "./testing/test-world.ts"

const LAST_EPOCH = { KEY_EPOCH: "2", OLDEST_KEY_EPOCH: "2" }

let world: TestWorld
let keystore: Awaited<ReturnType<TestWorld["startKeystore"]>>
let worker: TestWorker

beforeAll(async () => {
  world = await openTestWorld()
  keystore = await world.startKeystore()
  worker = await world.createWorker()
})

afterAll(async () => {
  await keystore?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})

describe("a challenge", () => {
  test("that two present at the same moment is taken by exactly one of them", async () => {
    const body = await worker.prepareSession(await worker.askChallenge())

    const results = await Promise.allSettled([1, 2, 3, 4].map(() => worker.present(body)))

    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
    const refused = results.filter((result) => result.status === "rejected")
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(
      [1, 2, 3].map(() => "challenge_invalid"),
    )
  })

  test("is used up by whatever presents it", async () => {
    const challenge = await worker.askChallenge()
    const body = await worker.prepareSession(challenge)
    const signature = Buffer.from(worker.sign(randomBytes(8))).toString("base64")

    expect(await codeOf(worker.present({ ...body, signature }))).toBe("signature_invalid")
    expect(await codeOf(worker.present(body))).toBe("challenge_invalid")
  })

  test("is one worker's and one keystore's", async () => {
    const other = await world.createWorker()
    const challenge = await other.askChallenge()

    const stolen = await worker.prepareSession(challenge)
    const unknown = await worker.prepareSession({
      ...(await worker.askChallenge()),
      challenge_id: "3f1c2c5e-6a1b-4b7e-9a53-1f2d3c4b5a69",
    })
    const asked = await worker.askChallenge()
    const elsewhere = { ...asked.keystore, signing_key: other.publicKey }
    const relayed = await worker.prepareSession({ ...asked, keystore: elsewhere })

    expect(await codeOf(worker.present(stolen))).toBe("challenge_invalid")
    expect(await codeOf(worker.present(unknown))).toBe("challenge_invalid")
    expect(await codeOf(worker.present(relayed))).toBe("signature_invalid")
    expect(await worker.openSession()).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe("a quote", () => {
  test("must bind all 64 bytes", async () => {
    for (const at of [0, 31, 32, 63]) {
      const body = await worker.prepareSession(await worker.askChallenge(), {
        quoted: (reportData) => reportData.with(at, (reportData[at] ?? 0) ^ 1),
      })
      expect(await refusalOf(worker.present(body))).toMatch(/^report_data:/)
    }
    const half = await worker.prepareSession(await worker.askChallenge(), {
      quoted: (reportData) => reportData.map((byte, at) => (at < 32 ? byte : 0)),
    })
    expect(await refusalOf(worker.present(half))).toMatch(/^report_data:/)
  })

  test("of an earlier session opens no other", async () => {
    const { quote, event_log } = await worker.prepareSession(await worker.askChallenge())
    const body = await worker.prepareSession(await worker.askChallenge())

    expect(await codeOf(worker.present({ ...body, quote, event_log }))).toBe("signature_invalid")
  })

  test.each([
    ["measurement", "other", { boot: { composeHash: "dd".repeat(32) } }],
    [
      "td_debug",
      "debug",
      { boot: { composeHash: WORKER_COMPOSE }, report: { tdAttributes: "0100001000000000" } },
    ],
    [
      "key_provider",
      "keyless",
      { boot: { composeHash: WORKER_COMPOSE, keyProvider: { name: "none", id: "" } } },
    ],
  ])("of a machine that nobody approved is refused: %s", async (reason, name, options) => {
    const from = await world.startMachine(name, options)
    const body = await worker.prepareSession(await worker.askChallenge(), { from })

    expect(await refusalOf(worker.present(body))).toMatch(new RegExp(`^${reason}:`))
  })

  test("with another log, or with bytes behind it, is refused", async () => {
    const body = await worker.prepareSession(await worker.askChallenge())
    expect(await refusalOf(worker.present({ ...body, event_log: "[]" }))).toMatch(/^log_/)
    const again = await worker.prepareSession(await worker.askChallenge())
    expect(await refusalOf(worker.present({ ...again, event_log: "{" }))).toMatch(/^log_malformed/)
  })

  test("of a genuine machine is not enough without a registration", async () => {
    const stranger = await world.createWorker({ registered: false })
    const body = await stranger.prepareSession(await stranger.askChallenge())

    expect(await refusalOf(stranger.present(body))).toMatch(/^not_registered:/)
  })
})

describe("a session", () => {
  test("ends with the worker's next one", async () => {
    await world.store({ KEY: "session" }, { profile: "session" })
    const request = await world.request({ profile: "session" })
    const first = await worker.openSession()
    expect(await ask(first, request)).toBe("released")

    const second = await worker.openSession()

    expect(await ask(first, request)).toBe("session_invalid")
    expect(await ask(second, request)).toBe("released")
  })

  test("ends with the worker's registration", async () => {
    const leaving = await world.createWorker()
    const request = await world.request({ profile: "session" })
    const session = await leaving.openSession()
    expect(await ask(session, request, leaving)).toBe("released")

    const { publicKey: public_key } = leaving
    await call(world.accounts.register, world.id("register"), "deactivate_worker", { public_key })

    await expect.poll(() => ask(session, request, leaving)).toBe("attestation_refused")
    expect(await ask(await worker.openSession(), request)).toBe("released")
  })

  test("ends with the keystore, whose keys and records outlive it", async () => {
    const request = await world.request({ profile: "session" })
    const session = await worker.openSession()
    expect(await ask(session, request)).toBe("released")
    const { signing_key } = keystore.identity
    const before = await readOwnRecords()

    await restart()

    expect(await ask(session, request)).toBe("session_invalid")
    expect(keystore.identity.signing_key).toBe(signing_key)
    const after = await readOwnRecords()
    expect(after).toEqual({ ...before, signature: expect.any(String) as string })
    expect(await ask(await worker.openSession(), request)).toBe("released")
    expect((await readOwnRecords()).count).toBe(before.count + 1)
  })
})

describe("an owner", () => {
  test("reads what became of his secrets, whole and in order", async () => {
    const { records, count, head, signing_key } = await readOwnRecords()
    const verify = importVerifier(signing_key)

    let previous = "0".repeat(128)
    for (const [at, { record, signature }] of records.entries()) {
      expect(record).toMatchObject({ owner: world.id("alice"), number: at + 1, previous })
      const bytes = recordBytes(nodePrimitives, record)
      expect(verify?.(bytes, Buffer.from(signature, "base64"))).toBe(true)
      previous = recordHash(nodePrimitives, record)
    }
    expect([count, head]).toEqual([records.length, previous])
    expect(count).toBeGreaterThan(3)
  })

  test("alone reads them", async () => {
    const foreign = readRecordsAs("app", world.id("alice"))
    await expect(foreign).rejects.toMatchObject({ code: "signature_invalid" })
    const late = readRecordsAs("alice", world.id("alice"), { signed_at_ms: Date.now() - 600_000 })
    await expect(late).rejects.toMatchObject({ code: "signature_invalid" })
    await expect(readRecordsAs("app", world.id("app"))).resolves.toMatchObject({ count: 0 })
  })
})

describe("after a rotation", () => {
  test("old secrets open, new ones are sealed for the new epoch, and old ones are sealed anew", async () => {
    await world.store({ KEY: "old" }, { profile: "rotated" })
    const stored = { repo: REPO, branch: null, profile: "rotated", owner: world.id("alice") }

    await restart({ KEY_EPOCH: "2" })

    const request = await world.request({ profile: "rotated" })
    expect(await ask(await worker.openSession(), request)).toBe("released")
    const body = { ...stored, owner: AccountId.parse(stored.owner) }
    const resealed = await callRoute(ResealSecrets, { body }, base())
    expect(resealed).toMatchObject({ epoch: 2, was_epoch: 1 })
    const { encrypted_secrets_base64 } = resealed
    const found = await world.chain.view(world.id("outlayer"), "get_secrets", stored)
    const { encrypted_secrets } = found as { encrypted_secrets: string }
    const statement = {
      ...stored,
      network: "localnet",
      contract_id: world.id("outlayer"),
      epoch: 2,
      was: new Uint8Array(Buffer.from(encrypted_secrets, "base64")),
      now: new Uint8Array(Buffer.from(encrypted_secrets_base64, "base64")),
    }
    const verify = importVerifier(keystore.identity.signing_key)
    const signed = resealBytes(nodePrimitives, statement)
    expect(verify?.(signed, Buffer.from(resealed.signature, "base64"))).toBe(true)
    const args = { ...stored, owner: undefined, encrypted_secrets_base64, access: "AllowAll" }
    await call(world.accounts.alice, world.id("outlayer"), "store_secrets", args, "1")
    const again = await world.request({ profile: "rotated" })
    expect(await ask(await worker.openSession(), again)).toBe("released")

    await restart(LAST_EPOCH)
    const [old, anew] = [await world.request({ profile: "session" }), again]
    const session = await worker.openSession()
    expect(await ask(session, old)).toBe("epoch_unknown")
    expect(await ask(session, anew)).toBe("released")
  })

  test("a keystore with another master secret does not start", async () => {
    const other = {
      KEY_EPOCH: "2",
      MASTER_KEY_SOURCE: "file",
      MASTER_KEY_FILE: join(world.chain.home, "other-master.json"),
      MASTER_KEY_PASSPHRASE: "a passphrase for a test",
      RECORDS_FILE: join(world.chain.home, "other-records.jsonl"),
    }

    await expect(world.startKeystore(other)).rejects.toThrow("other keys for epoch 2")
  })
})

test("a session ends a quarter of an hour after it began, by the time of blocks", async () => {
  let aheadMs = 0
  await restart(LAST_EPOCH, () => Date.now() + aheadMs)
  const request = await world.request({ profile: "rotated" })
  const session = await worker.openSession()
  const { block_time_ns: start } = await send(session, request)
  const forward = async (minutes: number) => {
    await world.chain.forward(minutes * 60)
    aheadMs += minutes * 60_000
  }
  const minutes = ({ block_time_ns: now }: ReleaseRecord) =>
    Number((BigInt(now) - BigInt(start)) / 60_000_000_000n)

  await forward(10)
  // Until the keystore has read a block of that time.
  await expect.poll(() => send(session, request).then(minutes, () => 0)).toBeGreaterThanOrEqual(10)

  await forward(5)
  await expect.poll(() => ask(session, request)).toBe("session_invalid")
  expect(await ask(await worker.openSession(), request)).toBe("released")
})

test("a measurement that is withdrawn takes its workers' sessions with it", async () => {
  const request = await world.request({ profile: "rotated" })
  const session = await worker.openSession()
  expect(await ask(session, request)).toBe("released")
  const approved = (await world.chain.view(world.id("register"), "get_approved_measurements")) as {
    role: string
  }[]
  const {
    measurement: _,
    approved_at_ns: __,
    ...args
  } = approved.find(({ role }) => role === "worker") as Record<string, unknown>

  await call(world.accounts.register, world.id("register"), "remove_approved_measurements", args)

  await expect.poll(() => ask(session, request)).toBe("attestation_refused")
  const body = await worker.prepareSession(await worker.askChallenge())
  expect(await refusalOf(worker.present(body))).toMatch(/^not_registered:/)
})

async function restart(env: NodeJS.ProcessEnv = {}, nowMs?: () => number): Promise<void> {
  await keystore[Symbol.asyncDispose]()
  keystore = await world.startKeystore(env, nowMs)
  worker.moveTo(keystore.baseUrl)
}

function base() {
  return { baseUrl: keystore.baseUrl, token: world.token }
}

type Asked = Awaited<ReturnType<TestWorld["request"]>>

function ask(session: string, request: Asked, by: TestWorker = worker): Promise<string> {
  return send(session, request, by).then(
    ({ denial }) => denial ?? "released",
    (error: { code: string }) => error.code,
  )
}

/** Throws what is no record. */
async function send(session: string, request: Asked, by: TestWorker = worker) {
  const { body } = by.prepareQuestion(session, "localnet", world.id("outlayer"), {
    ...request,
    commit: COMMIT,
    wasm_hash: WASM_HASH,
    branches: ["main"],
  })
  const { record } = await by.send(body)
  return record
}

function readOwnRecords() {
  return readRecordsAs("alice", world.id("alice"))
}

/** Signed by near-api-js, as a wallet would. */
async function readRecordsAs(
  signer: "alice" | "app",
  account: string,
  { signed_at_ms = Date.now() } = {},
): Promise<RouteReply<typeof ReadRecords>> {
  const recipient = world.id("outlayer")
  const [network, account_id, nonce] = ["localnet", AccountId.parse(account), randomBytes(32)]
  const asked = { account_id, after: 0, limit: 100 }
  const message = recordsRequest({ network, contract_id: recipient, ...asked, signed_at_ms })
  const signed = await world.accounts[signer].account.signNep413Message({
    message,
    recipient,
    nonce: new Uint8Array(nonce),
  })
  const public_key = signed.publicKey.toString()
  const signature = Buffer.from(signed.signature).toString("base64")
  const body = { ...asked, public_key, nonce: hexOf(nonce), signed_at_ms, signature }
  return callRoute(ReadRecords, { body }, base())
}

function codeOf(sent: Promise<unknown>): Promise<string> {
  return sent.then(
    () => "granted",
    (error: { code: string }) => error.code,
  )
}

/** The verifier's reason, in front of the message. */
async function refusalOf(sent: Promise<unknown>): Promise<string> {
  await expect(sent).rejects.toMatchObject({ code: "attestation_refused" })
  return sent.then(
    () => "",
    (error: Error) => error.message,
  )
}
