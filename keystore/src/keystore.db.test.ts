/** The keystore over a local chain with our contracts and simulated machines. */
import { randomBytes } from "node:crypto"
import { hexOf, sealSecrets, type SecretContext } from "@outlayer/protocol/pure"
import { nodePrimitives } from "@outlayer/protocol/sealing/node"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { lieAboutView } from "@outlayer/testing/endpoints"
import { call } from "./testing/localnet.ts"
import type { Asking, QuestionBody, TestWorker } from "./testing/test-worker.ts"
import { COMMIT, openTestWorld, REPO, type TestWorld, WASM_HASH } from "./testing/test-world.ts"

/** Longer than any machine takes. */
const DAY_NS = 86_400_000_000_000n

let world: TestWorld
let keystore: Awaited<ReturnType<TestWorld["startKeystore"]>>
let worker: TestWorker

beforeAll(async () => {
  world = await openTestWorld()
  keystore = await world.startKeystore()
  worker = await world.createWorker()
})

afterEach(() => {
  for (const endpoint of Object.values(world.endpoints)) endpoint.lie = undefined
})

afterAll(async () => {
  await keystore?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})

describe("secrets that are stored", () => {
  test("are opened for a pending request, and travel sealed", async () => {
    await world.store({ KEY: "hunter2" }, { profile: "first" })
    const request = await world.request({ profile: "first" })

    const { answer, reply } = await ask(request)

    expect(answer).toEqual({ ok: true, values: { KEY: "hunter2" } })
    expect(JSON.stringify(reply)).not.toContain("hunter2")
    expect(reply.record).toMatchObject({
      owner: world.id("alice"),
      denial: null,
      sender_id: world.id("app"),
      repo: REPO,
      profile: "first",
      wasm_hash: WASM_HASH,
      branches: ["main"],
    })
  })

  test("of a branch come before those of every branch, which are there for all others", async () => {
    await world.store({ KEY: "every" }, { profile: "branches" })
    await world.store({ KEY: "main" }, { profile: "branches", branch: "main" })
    await world.store({ KEY: "dev" }, { profile: "branches", branch: "dev" })
    const of = async (commit: string, branches: string[]) => {
      const { answer } = await ask(await world.request({ profile: "branches", commit }), {
        branches,
      })
      return answer.ok ? answer.values["KEY"] : answer.denial
    }

    expect(await of("main", ["dev", "main"])).toBe("main")
    expect(await of("other", ["main", "other"])).toBe("every")
    expect(await of(COMMIT, ["main", "other"])).toBe("main")
    expect(await of(COMMIT, ["other"])).toBe("every")
    expect(await of(COMMIT, [])).toBe("every")
    expect(await of(COMMIT, ["main", "dev"])).toBe("secret_ambiguous")
  })

  test("that nobody stored are not found, and that is on record too", async () => {
    const request = await world.request({ profile: "absent" })

    const { answer, reply } = await ask(request)

    expect(answer).toEqual({ ok: false, denial: "secret_not_found" })
    expect(reply).toMatchObject({ sealed: null, record: { denial: "secret_not_found" } })
  })

  test("are refused to a sender whom the condition does not name", async () => {
    const access = { Whitelist: { accounts: [world.id("app")] } }
    await world.store({ KEY: "listed" }, { profile: "listed", access })

    const allowed = await ask(await world.request({ profile: "listed" }))
    const denied = await ask(await world.request({ profile: "listed", sender: "operator" }))

    expect(allowed.answer.ok).toBe(true)
    expect(denied.answer).toEqual({ ok: false, denial: "condition_false" })
  })
})

describe("a condition is asked of real contracts:", () => {
  /** Whether app's request gets the secret that alice stored under it. */
  async function verdict(access: object, request: Parameters<TestWorld["request"]>[0] = {}) {
    await world.store({ KEY: "conditional" }, { profile: "conditional", access })
    const { answer } = await ask(await world.request({ profile: "conditional", ...request }))
    return answer.ok || answer.denial
  }
  const own = (method: string, args: object, near?: `${number}`) =>
    call(world.accounts.assets, world.id("assets"), method, args, near)

  test("a token's balance", async () => {
    const ft = (operator: string, value: string) => ({
      FtBalance: { contract: world.id("assets"), operator, value },
    })
    expect(await verdict(ft("Gte", "5"))).toBe("condition_false")
    await own("storage_deposit", { account_id: world.id("app") })
    const transfer = { receiver_id: world.id("app"), amount: "5" }
    const yocto = "0.000000000000000000000001"
    await own("ft_transfer", transfer, yocto)
    expect(await verdict(ft("Gte", "5"))).toBe(true)
    expect(await verdict(ft("Gt", "5"))).toBe("condition_false")
    expect(await verdict({ FtBalance: { ...ft("Gte", "0").FtBalance, contract: "no.near" } })).toBe(
      "condition_failed",
    )
  })

  test("a collection's owners", async () => {
    const nft = (token_id: string | null) => ({
      NftOwned: { contract: world.id("assets"), token_id },
    })
    expect(await verdict(nft(null))).toBe("condition_false")
    await own("nft_mint", { token_id: "1", token_owner_id: world.id("app") }, "0.1")
    await own("nft_mint", { token_id: "2", token_owner_id: world.id("operator") }, "0.1")
    expect(await verdict(nft(null))).toBe(true)
    expect(await verdict(nft("1"))).toBe(true)
    expect(await verdict(nft("2"))).toBe("condition_false")
    expect(await verdict(nft("3"))).toBe("condition_false")
  })

  test("a DAO's roles", async () => {
    const dao = { DaoMember: { dao_contract: world.id("assets"), role: "council" } }
    expect(await verdict(dao)).toBe("condition_false")
    await own("add_member_to_role", { role: "council", member_id: world.id("app") })
    expect(await verdict(dao)).toBe(true)
    await own("remove_member_from_role", { role: "council", member_id: world.id("app") })
    expect(await verdict(dao)).toBe("condition_false")
  })

  test("an account's balance, the block's time, the wasm's hash", async () => {
    const near = (operator: string) => ({ NearBalance: { operator, value: `1${"0".repeat(24)}` } })
    const at = (ns: bigint) => ({ ValidUntil: { timestamp: String(ns) } })
    const { reply } = await ask(await world.request())
    const blockNs = BigInt(reply.record.block_time_ns)
    expect(await verdict(near("Gt"))).toBe(true)
    expect(await verdict(near("Lt"))).toBe("condition_false")
    expect(await verdict(at(blockNs + DAY_NS))).toBe(true)
    expect(await verdict(at(blockNs))).toBe("condition_false")
    expect(await verdict({ WasmHash: { hash: WASM_HASH } })).toBe(true)
    expect(await verdict({ WasmHash: { hash: "00".repeat(32) } })).toBe("condition_false")
  })

  test("a contract that a user calls is judged, never the user", async () => {
    const only = (account: string) => ({ Whitelist: { accounts: [account] } })
    const proxied = { sender: "app", byProxy: true } as const

    expect(await verdict(only(world.id("app")), proxied)).toBe("condition_false")
    expect(await verdict(only(world.id("proxy")), proxied)).toBe(true)
    expect(await verdict(only(world.id("proxy")), { sender: "app" })).toBe("condition_false")
  })
})

describe("secrets sent inline", () => {
  test("open for who sends them, and for nobody who copies them", async () => {
    const { encryption_key, epoch } = keystore.identity
    const seal = (owner: string) => {
      const context: SecretContext = {
        network: "localnet",
        contractId: world.id("outlayer"),
        kind: "inline",
        repo: REPO,
        branch: null,
        owner,
        profile: null,
      }
      const publicKey = new Uint8Array(Buffer.from(encryption_key, "hex"))
      const envelope = sealSecrets(nodePrimitives, { publicKey, epoch, context }, { KEY: "inline" })
      return Buffer.from(envelope).toString("base64")
    }
    const encrypted_secrets = seal(world.id("app"))
    const send = (sender: "app" | "operator", some: object = {}) =>
      world.request({ sender, secrets_ref: null, encrypted_secrets, ...some })

    const own = await ask(await send("app"))
    const copied = await ask(await send("operator"))
    const both = await ask(
      await send("app", { secrets_ref: { profile: "first", account_id: world.id("alice") } }),
    )

    expect(own.answer).toEqual({ ok: true, values: { KEY: "inline" } })
    expect(copied.answer).toEqual({ ok: false, denial: "envelope_not_authentic" })
    expect(both.answer).toEqual({ ok: false, denial: "two_sources" })
  })
})

describe("a question", () => {
  let session: string
  let request: Awaited<ReturnType<TestWorld["request"]>>

  beforeAll(async () => {
    await world.store({ KEY: "asked" }, { profile: "asked" })
    request = await world.request({ profile: "asked" })
    session = await worker.openSession()
  })

  const prepare = (change: Partial<QuestionBody> = {}) =>
    worker.prepareQuestion(session, "localnet", world.id("outlayer"), asking(request), change)
  const codeFor = (change: Partial<QuestionBody>) =>
    worker.send(prepare(change).body).then(
      ({ record }) => record.denial,
      (error: { code: string }) => error.code,
    )

  test("that was answered is refused when it comes again", async () => {
    const { body } = prepare()
    await worker.send(body)

    await expect(worker.send(body)).rejects.toMatchObject({ code: "sequence_refused" })
    expect(await codeFor({})).toBeNull()
  })

  test("altered on its way is refused, whichever field it is", async () => {
    const changes: Partial<QuestionBody>[] = [
      { sequence: 1_000_000 },
      { request_id: request.request_id + 1 },
      { request_hash: hexOf(randomBytes(32)) as QuestionBody["request_hash"] },
      { commit: "d".repeat(40) },
      { wasm_hash: hexOf(randomBytes(32)) as QuestionBody["wasm_hash"] },
      { branches: ["evil"] },
      { reply_key: hexOf(randomBytes(32)) },
    ]
    for (const change of changes) {
      const { body } = prepare()
      const sent = worker.send({ ...body, ...change })
      await expect(sent).rejects.toMatchObject({ code: "signature_invalid" })
    }
    const { body } = prepare()
    const foreign = await world.createWorker({ registered: false })
    const signature = Buffer.from(foreign.sign(Buffer.from("other"))).toString("base64")
    const sent = worker.send({ ...body, signature })
    await expect(sent).rejects.toMatchObject({ code: "signature_invalid" })
    expect(await codeFor({})).toBeNull()
  })

  test("for another request than the chain's gets no secret, though it is signed", async () => {
    const other = hexOf(randomBytes(32))
    expect(await codeFor({ request_hash: other as QuestionBody["request_hash"] })).toBe(
      "request_altered",
    )
    expect(await codeFor({ commit: "d".repeat(40) })).toBe("commit_altered")
    expect(await codeFor({ request_id: 1_000_000 })).toBe("request_not_pending")
    expect(await codeFor({ session_id: hexOf(randomBytes(32)) })).toBe("session_invalid")
    expect(await codeFor({ reply_key: "01".padEnd(64, "0") })).toBe("bad_request")
    expect(await codeFor({ reply_key: "00".repeat(32) })).toBe("bad_request")
  })

  test("gets an answer that fits no other question", async () => {
    const [first, second] = [prepare(), prepare()]
    const reply = await worker.send(first.body)
    const key = keystore.identity.signing_key

    expect(() => worker.read(second, reply, key)).toThrow("another question")
    const forged = { ...reply, record: { ...reply.record, denial: "condition_false" as const } }
    expect(() => worker.read(first, forged, key)).toThrow("not signed by the keystore")
    const sealed = Buffer.from(randomBytes(300)).toString("base64")
    expect(() => worker.read(first, { ...reply, sealed }, key)).toThrow("not what the record names")
    expect(worker.read(first, reply, key).ok).toBe(true)
  })
})

describe("one lying endpoint of three", () => {
  test("changes nothing, whatever it lies about", async () => {
    const access = {
      Logic: {
        operator: "And",
        conditions: [
          { NearBalance: { operator: "Lt", value: `1${"0".repeat(26)}` } },
          { Whitelist: { accounts: [world.id("app")] } },
        ],
      },
    }
    await world.store({ KEY: "quorum" }, { profile: "quorum", access })
    const request = await world.request({ profile: "quorum", sender: "operator" })
    const { first } = world.endpoints
    const lies = [
      lieAboutView("get_request", (value) => ({
        ...(value as object),
        sender_id: "app.test.near",
      })),
      lieAboutView("get_secrets", (value) => ({ ...(value as object), access: "AllowAll" })),
      lieAboutView("get_worker", (value) => ({ ...(value as object), is_live: false })),
      lieAboutView("get_request", () => null),
    ]
    for (const lie of lies) {
      first.lie = lie
      await nextBlock()
      expect((await ask(request)).answer).toEqual({ ok: false, denial: "condition_false" })
    }
    first.lie = ({ method }, { result }) => {
      if (method !== "block") return undefined
      const { header } = result as { header: object }
      return { result: { header: { ...header, height: 10 ** 12, timestamp_nanosec: "1" } } }
    }
    await nextBlock()
    expect((await ask(request)).answer).toEqual({ ok: false, denial: "condition_false" })
    first.lie = () => {
      throw new Error("silent")
    }
    await nextBlock()
    expect((await ask(request)).answer).toEqual({ ok: false, denial: "condition_false" })
  })

  test("two that differ leave no quorum, and nothing is released", async () => {
    await world.store({ KEY: "split" }, { profile: "split" })
    const request = await world.request({ profile: "split" })
    const session = await worker.openSession()
    const { first, second } = world.endpoints
    first.lie = lieAboutView("get_secrets", () => null)
    second.lie = lieAboutView("get_secrets", (value) => ({ ...(value as object), branch: "x" }))
    await nextBlock()

    expect((await ask(request, {}, session)).answer).toEqual({
      ok: false,
      denial: "chain_unavailable",
    })
    first.lie = undefined
    await nextBlock()
    expect((await ask(request, {}, session)).answer.ok).toBe(true)
  })
})

function asking(request: { request_id: number; request_hash: string }): Asking {
  return { ...request, commit: COMMIT, wasm_hash: WASM_HASH, branches: ["main"] }
}

/** In a new session, unless there is one. */
async function ask(
  request: { request_id: number; request_hash: string },
  change: Partial<Asking> = {},
  session?: string,
) {
  const id = session ?? (await worker.openSession())
  const asked = worker.prepareQuestion(id, "localnet", world.id("outlayer"), {
    ...asking(request),
    ...change,
  })
  const reply = await worker.send(asked.body)
  return { reply, answer: worker.read(asked, reply, keystore.identity.signing_key) }
}

/** What the keystore remembers of a block is older than the lie. */
async function nextBlock(): Promise<void> {
  await call(world.accounts.operator, world.id("assets"), "storage_deposit", {})
  await new Promise((resolve) => setTimeout(resolve, 600))
}
