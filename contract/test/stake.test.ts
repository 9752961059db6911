/** What a stake answers for, with the transactions that a worker really signs. */
import { createSigner, openChain, type Signer } from "@outlayer/near"
import type { KeyPair } from "near-workspaces"
import { expect } from "vitest"
import { NEAR, TGAS, wasm } from "./contract-test.ts"
import {
  accessKeysOf,
  GAS,
  keyText,
  measurementOf,
  newKeyPair,
  type Registered,
  registerKey,
  registerTest,
  updateCollateral,
  workerOf,
} from "./register-chain.ts"
import { balanceOf, eventOf, failureOf, gasPaidBy, open, SOURCE } from "./requests.ts"

const HOUR_BLOCKS = 6
const DAY_BLOCKS = 24 * HOUR_BLOCKS
/** Ten minutes a block, so that days pass. */
const onSlowChain = registerTest("--instant --block-ms 600000")

const STAKE = { ...GAS, attachedDeposit: 12n * NEAR }

onSlowChain(
  "who stakes may register, and is stopped when the stake falls below the minimum",
  async ({ registered }) => {
    const { register, outlayer, worker } = registered
    const bob = await worker.rootAccount.createSubAccount("bob", { initialBalance: 20n * NEAR })
    const key = await newKeyPair()
    await expect(registerKey(registered, key, bob)).rejects.toThrow("not_active")

    await bob.call(register, "stake", {}, STAKE)
    expect(failureOf(await registerKey(registered, key, bob))).toBe("[]null")
    const unstaked = await bob.callRaw(register, "unstake", { amount: String(3n * NEAR) }, GAS)

    expect(eventOf(unstaked, "worker_removed")).toMatchObject({ public_key: keyText(key) })
    expect((await accessKeysOf(registered)).has(keyText(key))).toBe(false)
    expect(await outlayer.view("get_worker_key", { public_key: keyText(key) })).toBeNull()
    expect(await register.view("get_worker", { account_id: bob.accountId })).toMatchObject({
      stake: String(9n * NEAR),
      is_active: false,
      keys: [],
    })
  },
)

onSlowChain("a stake comes back after fourteen days, and not before", async ({ registered }) => {
  const { register, worker } = registered
  const carol = await worker.rootAccount.createSubAccount("carol", { initialBalance: 20n * NEAR })
  let gas = 0n
  const call = async (method: string) => {
    const result = await carol.callRaw(register, method, {}, GAS)
    gas += await gasPaidBy(registered, carol, result)
    return result
  }
  await carol.call(register, "stake", {}, STAKE)
  const keyed = await registerKey(registered, await newKeyPair(), carol)
  await gasPaidBy(registered, carol, keyed)
  const before = await balanceOf(carol)
  await call("unstake")

  expect(failureOf(await call("withdraw_stake"))).toContain("No stake is free")
  await worker.provider.fastForward(14 * DAY_BLOCKS)
  expect((await call("withdraw_stake")).parseResult()).toBe(String(12n * NEAR))

  expect((await balanceOf(carol)) - before).toBe(12n * NEAR - gas)
  // The record of its key goes with the next housekeeping, for it can cost nothing any more.
  await carol.call(register, "tidy_keys", {}, GAS)
  expect(await register.view("get_worker", { account_id: carol.accountId })).toBeNull()
})

onSlowChain(
  "a registration ends after a day, and a renewal begins another",
  async ({ registered }) => {
    const { register, outlayer, alice, worker } = registered
    const key = await newKeyPair()
    await registerKey(registered, key)
    await worker.provider.fastForward(DAY_BLOCKS)
    const { id, result } = await open(registered, alice, { code_source: SOURCE })
    const settle = () =>
      register.callRaw(outlayer, "resolve_execution", settlementOf(id, "late"), {
        ...GAS,
        signWithKey: key,
      })

    expect(await workerOf(registered, key)).toMatchObject({ is_live: false, reason: "expired" })
    expect(failureOf(await settle())).toContain("has expired")
    expect(failureOf(await registerKey(registered, key))).toBe("[]null")
    expect(failureOf(await settle())).toBe("[]null")
    expect((await result).parseResult()).toBe("late")
  },
)

onSlowChain(
  "two results that a worker has signed for one request cost its stake",
  async ({ registered }) => {
    const { alice, operator, register } = registered
    const key = await newKeyPair()
    await alice.call(register, "stake", {}, STAKE)
    await registerKey(registered, key, alice)
    const signer = signerOf(registered, key)
    const [first, same, other] = [
      await settlement(registered, signer, "yes"),
      await settlement(registered, signer, "yes"),
      await settlement(registered, signer, "no"),
    ]
    const slash = (...two_results: string[]) =>
      operator.callRaw(register, "slash", { worker: alice.accountId, proof: { two_results } }, GAS)

    expect(failureOf(await slash(first, same))).toContain("do not settle one request differently")
    const slashed = await slash(first, other)

    expect(failureOf(slashed)).toBe("[]null")
    expect(slashed.parseResult()).toEqual({ taken: String(12n * NEAR) })
    expect(eventOf(slashed, "slashed")).toMatchObject({ proof: "two_results", request_id: 7 })
    expect((await accessKeysOf(registered)).has(keyText(key))).toBe(false)
    expect(await register.view("get_worker", { account_id: alice.accountId })).toBeNull()
  },
)

onSlowChain(
  "the owner's word takes a stake after seven days, unless it is contested",
  async ({ registered }) => {
    const { alice, owner, register, worker } = registered
    await alice.call(register, "stake", {}, STAKE)
    const claim = (amount: bigint) =>
      owner.call(register, "slash", {
        worker: alice.accountId,
        amount: String(amount),
        reason: "answered nobody for a month",
      })
    await claim(NEAR)
    await claim(2n * NEAR)
    await alice.call(register, "contest_claim", { claim_id: 1, statement: "I did" })
    const execute = (claim_id: number) =>
      alice.callRaw(register, "execute_claim", { claim_id }, GAS)

    expect(failureOf(await execute(0))).toContain("can be contested until")
    await worker.provider.fastForward(7 * DAY_BLOCKS)
    expect(failureOf(await execute(0))).toBe("[]null")
    expect(failureOf(await execute(1))).toContain("is contested")
    expect(await register.view("get_worker", { account_id: alice.accountId })).toMatchObject({
      stake: String(11n * NEAR),
      claims: [1],
    })
  },
)

onSlowChain(
  "a stake whose owner is gone is booked, and can be claimed when it is back",
  async ({ registered }) => {
    const { alice, register, worker } = registered
    const root = worker.rootAccount
    const create = () =>
      root.createSubAccount("gone", { initialBalance: 10n * NEAR }).then(async (account) => {
        await account.deploy(wasm("test_assets"))
        return account
      })
    const gone = await create()
    const call = (method: string, more: object = {}) => ({
      receiver_id: register.accountId,
      method,
      args: {},
      beneficiary_id: alice.accountId,
      ...more,
    })
    await alice.call(gone, "forward", call("stake"), STAKE)
    await alice.call(gone, "forward", call("unstake"), GAS)
    await worker.provider.fastForward(14 * DAY_BLOCKS)

    const withdrawn = await alice.callRaw(gone, "forward_and_vanish", call("withdraw_stake"), GAS)

    expect(eventOf(withdrawn, "payout_bounced")).toEqual({
      account_id: gone.accountId,
      amount: String(12n * NEAR),
    })
    expect(await gone.exists()).toBe(false)
    const again = await create()
    const before = await balanceOf(again)
    const args = { account_id: gone.accountId }
    expect(await alice.call(register, "claim_payout", args, GAS)).toBe(String(12n * NEAR))
    await expect.poll(async () => (await balanceOf(again)) - before).toBe(12n * NEAR)
    expect(failureOf(await alice.callRaw(register, "claim_payout", args, GAS))).toContain("booked")
  },
)

// The last: nothing is approved after it.
onSlowChain(
  "settling what was asked long after a withdrawal costs the stake",
  async ({ registered }) => {
    const { alice, operator, owner, outlayer, register, worker } = registered
    const dave = await worker.rootAccount.createSubAccount("dave", { initialBalance: 20n * NEAR })
    await dave.call(register, "stake", {}, STAKE)
    const key = await newKeyPair()
    // A month of blocks has passed.
    expect(failureOf(await registerKey(registered, key, dave))).toContain("collateral_expired")
    await updateCollateral(registered)
    await registerKey(registered, key, dave)
    const removed = measurementOf(registered)
    await owner.call(register, "remove_approved_measurements", removed, GAS)
    await worker.provider.fastForward(1)
    const { next_request_id: next } = await outlayer.view<{ next_request_id: number }>("get_stats")
    const measurement = (
      await register.view<{ measurement: string }>("get_worker", {
        public_key: keyText(key),
      })
    ).measurement

    const marked = await alice.callRaw(register, "mark_withdrawal", { measurement }, GAS)
    const signer = signerOf(registered, key)
    const late = async (id: number) => ({
      worker: dave.accountId,
      proof: { use_after_withdrawal: await settlement(registered, signer, "late", id) },
    })
    const slash = async (id: number) => operator.callRaw(register, "slash", await late(id), GAS)

    expect(eventOf(marked, "withdrawal_marked")).toEqual({ measurement, first_late_request: next })
    expect(failureOf(await slash(next - 1))).toContain(`no request from ${next} on`)
    expect((await slash(next)).parseResult()).toEqual({ taken: String(12n * NEAR) })
  },
)

function signerOf({ worker, register }: Registered, key: KeyPair): Signer {
  const { rpcAddr } = (worker as unknown as { config: { rpcAddr: string } }).config
  return createSigner(openChain(rpcAddr), register.accountId, key.toString())
}

/** As a worker signs it, in base64; not sent. */
async function settlement(
  { outlayer }: Registered,
  signer: Signer,
  text: string,
  id = 7,
): Promise<string> {
  const call = {
    contractId: outlayer.accountId,
    method: "resolve_execution",
    args: settlementOf(id, text),
    gas: 300n * TGAS,
  }
  return (await signer.sign(call)).signedTxBase64
}

function settlementOf(request_id: number, text: string) {
  const resources_used = { instructions: 1, time_ms: 1 }
  const response = { success: true, output: { Text: text }, error: null, resources_used }
  return { request_id, response }
}
