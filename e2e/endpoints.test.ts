/** Endpoints that lie to keystore and worker: as long as a quorum does not, nobody believes them. */
import type { AccessCondition } from "@outlayer/protocol/pure"
import { createAccount } from "@outlayer/stack"
import {
  type Lie,
  lieAboutView,
  startEndpoint,
  type TestEndpoint,
} from "@outlayer/testing/endpoints"
import { nearToYocto } from "near-api-js"
import { afterEach, expect } from "vitest"
import { z } from "zod"
import { call, deployAssets, ONE_YOCTO, sandbox, STORAGE } from "./chain.ts"
import type { HostileCoordinator } from "./hostile/coordinator.ts"
import { emptied, hangUp, opposite } from "./hostile/endpoint-lies.ts"
import { fnv, secretsStory } from "./hostile/secrets-story.ts"
import { expectCharge, type System } from "./system.ts"

const PAYMENT = nearToYocto("1")
const DEPOSIT = { depositYocto: PAYMENT }
const YIELD_BLOCKS = 5_000
const QUORUM = 2

let endpoints: TestEndpoint[] = []
const test = secretsStory({
  // One builds and another runs: what was built is then a matter of whom the register knows.
  workerEnv: { EXECUTION_ENABLED: "false" },
  yieldTimeoutBlocks: YIELD_BLOCKS,
  endpoints: async (chainUrl) => {
    endpoints = await Promise.all([0, 1, 2].map(() => startEndpoint(chainUrl)))
    return {
      urls: endpoints.map(({ url }) => url),
      quorum: QUORUM,
      async [Symbol.asyncDispose]() {
        for (const endpoint of endpoints) await endpoint[Symbol.asyncDispose]()
      },
    }
  },
}).extend("runner", { scope: "file", auto: true }, ({ system }) =>
  system.addWorker({ EXECUTION_ENABLED: "true", COMPILATION_ENABLED: "false" }),
)

afterEach(() => lie(undefined, 0, 1, 2))

test("each access condition lets in whom it names and nobody else, whatever one endpoint says", async ({
  system,
}) => {
  const { alice, caller, root } = system.accounts
  const app = caller.accountId
  const assets = await createAccount(root, system.provider, "assets", 100)
  await deployAssets(assets)
  const own = (method: string, args: object, yocto?: bigint) =>
    call(assets, assets.accountId, method, args, yocto)
  await own("storage_deposit", { account_id: app }, STORAGE)
  await own("ft_transfer", { receiver_id: app, amount: "5" }, ONE_YOCTO)
  await own("nft_mint", { token_id: "1", token_owner_id: app }, STORAGE)
  await own("nft_mint", { token_id: "2", token_owner_id: alice.accountId }, STORAGE)
  await own("add_member_to_role", { role: "council", member_id: app })
  const { completed } = await system.ask("text 1")
  const wasm = system.hostile?.past.findLast(({ path }) => path.startsWith("/wasm/"))?.path
  const hash = String(wasm?.split("/").at(-1))
  expect(completed?.success).toBe(true)

  const contract = assets.accountId
  const near = (operator: "Gte" | "Lt"): AccessCondition => ({
    NearBalance: { operator, value: String(nearToYocto("10")) },
  })
  const ft = (operator: "Gte" | "Gt"): AccessCondition => ({
    FtBalance: { contract, operator, value: "5" },
  })
  const nft = (token_id: string | null): AccessCondition => ({ NftOwned: { contract, token_id } })
  const dao = (role: string): AccessCondition => ({
    DaoMember: { dao_contract: contract, role },
  })
  const until = (ms: number): AccessCondition => ({ ValidUntil: { timestamp: `${ms}000000` } })
  const whole = (pattern: string): AccessCondition => ({ AccountPattern: { pattern } })
  const only = (account: string): AccessCondition => ({ Whitelist: { accounts: [account] } })
  const not = (condition: AccessCondition): AccessCondition => ({ Not: { condition } })
  const logic = (operator: "And" | "Or", ...conditions: AccessCondition[]): AccessCondition => ({
    Logic: { operator, conditions },
  })
  const hour = 3_600_000
  const allowed: AccessCondition[] = [
    "AllowAll",
    only(app),
    whole("caller\\..*"),
    near("Gte"),
    ft("Gte"),
    nft(null),
    nft("1"),
    dao("council"),
    until(Date.now() + hour),
    { WasmHash: { hash } },
    logic("Or", near("Lt"), ft("Gte")),
    not(nft("2")),
  ]
  const denied: AccessCondition[] = [
    not("AllowAll"),
    only(alice.accountId),
    whole("caller"),
    near("Lt"),
    ft("Gt"),
    nft("2"),
    not(nft(null)),
    dao("guild"),
    until(Date.now() - hour),
    { WasmHash: { hash: "00".repeat(32) } },
    logic("And", near("Gte"), ft("Gt")),
    not(nft("1")),
  ]
  const vault = await system.openVault(alice)
  const value = system.invent("guarded")
  const repo = system.repositories.addressOf("probe")
  const conditions = [...allowed, ...denied]
  for (const [index, condition] of conditions.entries()) {
    await vault.store({ repo, profile: `p${index}` }, { API_KEY: value }, condition)
  }
  lie(opposite(app), 0)

  const ended = await Promise.all(conditions.map((_, index) => askFor(system, `p${index}`)))

  expect(conditions.map((condition, index) => [condition, ended[index]])).toEqual([
    ...allowed.map((condition) => [condition, fnv(value)]),
    ...denied.map((condition) => [condition, "access_denied"]),
  ])
})

test("a worker believes no single endpoint of builder, keystore or request", async ({
  system,
  secrets: { hostile },
}) => {
  const profile = await storeFor(system, "worker")
  expect((await askFor(system, profile)).length).toBe(16)
  const before = system.logs.length
  const asked = hostile.past.length
  // Neither true nor of any use: with one of three they delay nothing.
  lie(opposite(system.accounts.caller.accountId), 0)
  await system.keystore?.restart()

  expect((await askFor(system, profile)).length).toBe(16)
  expect(system.logs.slice(before).map(({ msg }) => msg)).not.toContain(
    "building what is not trusted",
  )

  // Whoever is in the coordinator's place shows a keystore of its own, and has an endpoint say so.
  const forged = "ed25519:FVen3X669xLzsi6N2V91DoiyzHzg1uAgqiT8jZ9nS96Z"
  lie(
    lieAboutView("get_keystore", (found) => ({ ...Object(found), signing_key: forged })),
    0,
  )
  await system.keystore?.restart()
  hostile.plan({
    name: "the keystore is another",
    at: "/keystore/challenge",
    tell: (answered) => {
      const { keystore, ...rest } = Challenge.parse(answered)
      return { ...rest, keystore: { ...keystore, signing_key: forged } }
    },
  })
  expect((await askFor(system, profile)).length).toBe(16)
  expect(hostile.planned).toEqual([])
  const keys = hostile.past.slice(asked).filter(({ path }) => path.endsWith("/challenge"))
  expect(keys.length).toBeGreaterThan(1)
})

test.for([
  ["silent", "one lies and one is silent", hangUp],
  ["differing", "two lie, and not alike", emptied],
] as const)(
  "%s: where %s nothing is released, and nothing is lost",
  async ([name, , second], { system, secrets }) => {
    const profile = await storeFor(system, name)
    const released = async () =>
      (await secrets.readRecords()).filter(({ denial }) => denial === null).length
    const before = await released()
    const from = system.logs.length
    lie(opposite(system.accounts.caller.accountId), 0)
    lie(second, 1)

    const asked = askFor(system, profile)
    await untilRefused(system, from)

    expect(await released()).toBe(before)
    lie(undefined, 0, 1, 2)
    expect((await asked).length).toBe(16)
    expect(await released()).toBe(before + 1)
  },
)

test("a keystore that is withdrawn in the midst of a session is asked nothing more, and nothing is charged", async ({
  system,
  secrets: { hostile },
}) => {
  const { register } = system.accounts.tee ?? never()
  const measured = system.machines?.measurements.find(({ role }) => role === "keystore") ?? never()
  const profile = await storeFor(system, "withdrawn")
  expect((await askFor(system, profile)).length).toBe(16)
  const { label: _, ...tuple } = measured
  await call(register, register.accountId, "remove_approved_measurements", tuple)
  const [from, passed] = [system.logs.length, hostile.past.length]

  const secrets_ref = { profile, account_id: system.accounts.alice.accountId }
  const asked = system.probe("hash API_KEY", { secrets_ref }, DEPOSIT)
  await untilRefused(system, from)
  // So late that nobody would begin any more, and in time to settle. Time leaps too: this comes last.
  await sandbox(system, "fast_forward", { delta_height: YIELD_BLOCKS * 0.91 })

  const answer = await asked
  expect(askedOfKeystore(hostile, passed)).toEqual([])
  expect(answer.completed?.error?.code).toBe("infrastructure")
  expectCharge(answer, PAYMENT, "infrastructure")
})

const Challenge = z.looseObject({ keystore: z.looseObject({}) })

function lie(what: Lie | undefined, ...which: number[]): void {
  for (const index of which) {
    const endpoint = endpoints[index]
    if (endpoint) endpoint.lie = what
  }
}

async function storeFor(system: System, profile: string): Promise<string> {
  const vault = await system.openVault(system.accounts.alice)
  const repo = system.repositories.addressOf("probe")
  const values = { API_KEY: system.invent(profile) }
  await vault.store({ repo, profile }, values, "AllowAll")
  return profile
}

/** The hash of what the guest finds, or how the request ended. */
async function askFor(system: System, profile: string): Promise<string> {
  const secrets_ref = { profile, account_id: system.accounts.alice.accountId }
  const { value, completed } = await system.ask("hash API_KEY", { secrets_ref }, DEPOSIT)
  return completed?.success ? String(value) : String(completed?.error?.code)
}

/** A worker has given the task back, more than once. */
async function untilRefused({ logs }: System, from: number): Promise<void> {
  const count = () => logs.slice(from).filter(({ msg }) => msg === "task abandoned").length
  await expect.poll(count).toBeGreaterThan(1)
}

function askedOfKeystore(hostile: HostileCoordinator, from: number): string[] {
  const paths = hostile.past.slice(from).map(({ path }) => path)
  return paths.filter((path) => path.startsWith("/keystore/"))
}

function never(): never {
  throw new Error("There are no machines")
}
