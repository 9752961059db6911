import { LIMITS } from "@outlayer/protocol/pure"
import type { NearAccount } from "near-workspaces"
import { expect } from "vitest"
import { type Chain, contractTest, NEAR, TGAS } from "./contract-test.ts"
import { balanceOf, failureOf, gasPaidBy } from "./requests.ts"

const ID = { repo: "https://github.com/Alice/Project", profile: "default" }
const REPO = "github.com/alice/project"
const PRICE = BigInt(LIMITS.storageYoctoPerByte)
/** Each form, and as deep as they go. */
const ACCESS = {
  Logic: {
    operator: "And",
    conditions: [
      { Not: { condition: { Whitelist: { accounts: ["mallory.near"] } } } },
      { AccountPattern: { pattern: String.raw`(?:[a-z\d-]+\.)*near` } },
      { FtBalance: { contract: "usdt.near", operator: "Gte", value: "1" } },
      { ValidUntil: { timestamp: "1999999999999999999" } },
    ],
  },
}

contractTest(
  "an owner stores, changes and deletes, and gets every yocto back",
  async ({ chain }) => {
    const { outlayer } = chain
    const owner = await create(chain, "sealer")
    const args = { ...ID, branch: "größe", encrypted_secrets_base64: envelope(300), access: ACCESS }
    const free = async () => BigInt((await outlayer.balance()).total) - (await stakeOf(outlayer))
    const view = (method: string, some: object = {}) =>
      outlayer.view<string>(method, { ...ID, branch: "größe", owner: owner.accountId, ...some })
    const before = { owner: await balanceOf(owner), stake: await stakeOf(outlayer) }
    let gas = 0n
    const spent = async (method: string, some: object, deposit: bigint) => {
      const options = { attachedDeposit: deposit, gas: 60n * TGAS }
      const result = await owner.callRaw(outlayer, method, { ...args, ...some }, options)
      expect(result.succeeded).toBe(true)
      gas += await gasPaidBy(chain, owner, result)
      return before.owner - (await balanceOf(owner)) - gas
    }
    const staked = async () => (await stakeOf(outlayer)) - before.stake
    const estimate = BigInt(
      await view("estimate_storage_cost", {
        encrypted_secrets_base64: envelope(300),
        access: ACCESS,
      }),
    )

    expect(await spent("store_secrets", {}, NEAR)).toBe(estimate)
    expect(await staked()).toBe(estimate)
    const found = await outlayer.view<Record<string, string>>("get_secrets", {
      ...ID,
      branch: "größe",
      owner: owner.accountId,
    })
    expect(found).toMatchObject({
      repo: REPO,
      branch: "größe",
      profile: "default",
      encrypted_secrets: envelope(300),
      access: ACCESS,
      storage_deposit: String(estimate),
    })
    const grown = await spent("store_secrets", { encrypted_secrets_base64: envelope(900) }, NEAR)
    expect(grown).toBe(estimate + 800n * PRICE)
    expect(await staked()).toBe(grown)
    const shrunk = {
      ...ID,
      branch: "größe",
      access: "AllowAll",
      encrypted_secrets_base64: undefined,
    }
    expect(await spent("update_access", shrunk, 0n)).toBe(await staked())
    expect(await staked()).toBeLessThan(grown)
    expect(
      await outlayer.view("get_secrets", { ...ID, branch: "größe", owner: owner.accountId }),
    ).toMatchObject({
      created_at: found["created_at"],
      access: "AllowAll",
    })
    const before2 = await free()
    const gone = { ...ID, branch: "größe", access: undefined, encrypted_secrets_base64: undefined }
    expect(await spent("delete_secrets", gone, 1n)).toBe(0n)
    expect(await staked()).toBe(0n)
    expect(await free()).toBeGreaterThanOrEqual(before2)
    expect(await view("get_secrets")).toBeNull()
  },
)

contractTest("what is stored is listed, found by branch, and paged", async ({ chain }) => {
  const { outlayer } = chain
  const owner = await create(chain, "lister")
  const batch = owner.batch(outlayer)
  for (const profile of ["a", "b", "c"]) {
    for (const branch of [null, "main"]) {
      const args = {
        ...ID,
        profile,
        branch,
        encrypted_secrets_base64: envelope(1),
        access: "AllowAll",
      }
      batch.functionCall("store_secrets", args, { attachedDeposit: NEAR / 10n, gas: 25n * TGAS })
    }
  }
  await batch.transact()
  await owner.call(outlayer, "delete_secrets", { ...ID, profile: "a", branch: "main" })
  const view = (method: string, args: object) => outlayer.view(method, args as never)
  const owned = { repo: REPO, owner: owner.accountId }

  const list = (page: object) => view("list_user_secrets", { account_id: owner.accountId, ...page })
  const first = await list({ limit: 3 })
  const second = await list({ from_index: 3, limit: 3 })
  expect(first).toHaveLength(3)
  expect(second).toHaveLength(2)
  expect(await list({})).toEqual([...(first as unknown[]), ...(second as unknown[])])
  expect(await view("list_profiles", { ...owned, branch: "main" })).toEqual(["a", "b", "c"])
  expect(await view("get_secrets", { ...owned, profile: "a", branch: "main" })).toMatchObject({
    branch: null,
  })
  const exists = (branch: string | null) =>
    view("secrets_exist", { ...owned, profile: "a", branch })
  expect([await exists("main"), await exists(null)]).toEqual([false, true])
})

contractTest("the largest secret with the dearest conditions fits a call", async ({ chain }) => {
  const owner = await create(chain, "spender", 20n * NEAR)
  const nested = `${"(".repeat(16)}a${")".repeat(16)}[a-z]`
  const deep = Array.from({ length: 6 }).reduce<object>((condition) => ({ Not: { condition } }), {
    AccountPattern: { pattern: nested.repeat(6) },
  })
  const wide = { AccountPattern: { pattern: "[a-z]?".repeat(40) } }
  const conditions = [deep, ...Array.from({ length: 56 }, () => wide)]
  const access = { Logic: { operator: "Or", conditions } }
  const args = { ...ID, encrypted_secrets_base64: envelope(16_384 - 11), access }
  const options = { attachedDeposit: NEAR, gas: 300n * TGAS }
  const result = await owner.callRaw(chain.outlayer, "store_secrets", args, options)

  expect(failureOf(result)).toBe("[]null")
  // 57 patterns of 240 characters.
  const [, receipt] = result.outcomesWithId
  expect(receipt?.outcome.gas_burnt).toBeLessThan(Number(240n * TGAS))
})

contractTest(
  "a secret that is too cheap, misshapen or somebody else's is refused",
  async ({ chain }) => {
    const { outlayer, alice, owner } = chain
    const args = { ...ID, encrypted_secrets_base64: envelope(100), access: "AllowAll" }
    const calls: [method: string, args: object, deposit: bigint, message: string][] = [
      ["store_secrets", args, 10n ** 21n, "Insufficient storage deposit: required"],
      ["store_secrets", { ...args, access: { Not: {} } }, NEAR, "access.Not.condition must be"],
      ["store_secrets", { ...args, profile: "a/b" }, NEAR, "profile must be 1 to 64"],
      ["store_secrets", { ...args, encrypted_secrets_base64: "AgAA" }, NEAR, "no sealed envelope"],
      ["delete_secrets", ID, 0n, "Secrets not found"],
      ["update_access", { ...ID, access: "AllowAll" }, 0n, "Secrets not found"],
    ]
    await owner.call(outlayer, "store_secrets", args, { attachedDeposit: NEAR })
    for (const [method, some, attachedDeposit, message] of calls) {
      const result = await alice.callRaw(outlayer, method, some as never, { attachedDeposit })
      expect(failureOf(result)).toContain(message)
    }
  },
)

/** Of version 1, and as many bytes beside the header. */
function envelope(bytes: number): string {
  return Buffer.concat([Buffer.from([1]), Buffer.alloc(10 + bytes, 7)]).toString("base64")
}

async function stakeOf(account: NearAccount): Promise<bigint> {
  return BigInt((await account.accountView()).storage_usage) * PRICE
}

function create({ worker }: Chain, name: string, initialBalance = 5n * NEAR): Promise<NearAccount> {
  return worker.rootAccount.createSubAccount(name, { initialBalance })
}
