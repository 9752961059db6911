import type { NearAccount } from "near-workspaces"
import { expect } from "vitest"
import { type Chain, contractTest, NEAR, wasm } from "./contract-test.ts"
import { failureOf } from "./requests.ts"

const YOCTO = { attachedDeposit: 1n }

contractTest("a fungible token moves, and nobody sends what he has not", async ({ chain }) => {
  const { alice, operator, owner } = chain
  const ids = [alice, operator].map(({ accountId }) => accountId)
  const ft = { owner_id: owner.accountId, total_supply: "1000" }
  const token = await deploy(chain, { ft })
  const balanceOf = (account_id: string) => token.view("ft_balance_of", { account_id })
  const send = (from: NearAccount, to: NearAccount, amount: string) =>
    from.callRaw(token, "ft_transfer", { receiver_id: to.accountId, amount }, YOCTO)

  expect(failureOf(await send(owner, alice, "7"))).toContain("is not registered")
  for (const account_id of ids) await alice.call(token, "storage_deposit", { account_id })
  expect((await send(owner, alice, "7")).succeeded).toBe(true)
  expect(failureOf(await send(alice, operator, "8"))).toContain("enough balance")
  expect((await send(alice, operator, "3")).succeeded).toBe(true)

  expect(await Promise.all(ids.map(balanceOf))).toEqual(["4", "3"])
  expect(await balanceOf("nobody.near")).toBe("0")
  expect(await token.view("ft_total_supply")).toBe("1000")
})

contractTest("a token has one owner, who alone sends it on", async ({ chain }) => {
  const { alice, operator, owner } = chain
  const nft = await deploy(chain, { nft: { owner_id: owner.accountId } })
  const mint = (token_id: string) =>
    owner.call(nft, "nft_mint", { token_id, token_owner_id: alice.accountId })
  for (const id of ["a", "b"]) await mint(id)
  const send = (from: NearAccount) =>
    from.callRaw(nft, "nft_transfer", { receiver_id: operator.accountId, token_id: "a" }, YOCTO)

  expect(failureOf(await send(owner))).toContain("may call this")
  expect((await send(alice)).succeeded).toBe(true)

  const account_id = alice.accountId
  expect(await nft.view("nft_token", { token_id: "a" })).toMatchObject({
    owner_id: operator.accountId,
  })
  expect(await nft.view("nft_token", { token_id: "c" })).toBeNull()
  expect(await nft.view("nft_supply_for_owner", { account_id })).toBe("1")
  const page = { account_id, from_index: "0", limit: 1 }
  expect(await nft.view("nft_tokens_for_owner", page)).toEqual([
    { token_id: "b", owner_id: account_id },
  ])
})

contractTest("a role of a DAO gains and loses members", async ({ chain }) => {
  const { alice, owner } = chain
  const config = { name: "test", purpose: "", metadata: "" }
  const policy = [owner.accountId]
  const dao = await deploy(chain, { dao: { owner_id: owner.accountId, config, policy } })
  const change = { role: "council", member_id: alice.accountId }
  const council = async () => {
    const { roles } = await dao.view<{ roles: { name: string; kind: unknown }[] }>("get_policy")
    return roles.find(({ name }) => name === "council")?.kind
  }

  expect(failureOf(await alice.callRaw(dao, "add_member_to_role", change))).toContain("may call")
  await owner.call(dao, "add_member_to_role", change)
  expect(await council()).toEqual({ Group: [owner.accountId, alice.accountId] })
  await owner.call(dao, "remove_member_from_role", change)
  expect(await council()).toEqual({ Group: [owner.accountId] })
})

contractTest("a contract that is no token has no balances", async ({ chain }) => {
  const dao = await deploy(chain, {})

  await expect(dao.view("ft_balance_of", { account_id: "alice.near" })).rejects.toThrow("is no ft")
})

async function deploy({ worker }: Chain, args: Record<string, unknown>) {
  const options = { initialBalance: 20n * NEAR, method: "new", args }
  return worker.rootAccount.devDeploy(wasm("test_assets"), options)
}
