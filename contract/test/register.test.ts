import type { KeyPair, TransactionResult } from "near-workspaces"
import { expect } from "vitest"
import { NEAR } from "./contract-test.ts"
import {
  accessKeysOf,
  begin,
  GAS,
  keyText,
  measurementOf,
  newKeyPair,
  present,
  presentKeystore,
  type Registered,
  registerKey,
  registerTest,
  updateCollateral,
  workerOf,
} from "./register-chain.ts"
import { eventOf, failureOf, open, SOURCE } from "./requests.ts"

const AIM_TGAS = 50

const onChain = registerTest("--instant")

onChain(
  "a registered key settles for the register account, and does nothing else",
  async ({ registered }) => {
    const { register, outlayer, init } = registered
    const key = await newKeyPair()

    const result = await registerKey(registered, key)

    expect(failureOf(result)).toBe("[]null")
    expect(result.parseResult()).toMatchObject({ public_key: keyText(key) })
    expect(eventOf(result, "worker_registered")).toMatchObject({
      account_id: init.accountId,
      renewed: false,
    })
    expect(await workerOf(registered, key)).toMatchObject({ is_live: true, reason: null })
    expect((await accessKeysOf(registered)).get(keyText(key))).toEqual({
      FunctionCall: {
        allowance: String(10n * NEAR),
        receiver_id: outlayer.accountId,
        method_names: [
          "resolve_execution",
          "submit_execution_output",
          "submit_execution_output_and_resolve",
        ],
      },
    })

    const request = await settleWith(registered, key, "42")
    expect((await request.result).parseResult()).toBe("42")
    await expect(
      register.callRaw(outlayer, "set_worker_key", {}, { ...GAS, signWithKey: key }),
    ).rejects.toThrow("isn't allowed by the access key")
  },
)

onChain("registration and collateral stay within what was aimed for", async ({ registered }) => {
  const result = await registerKey(registered, await newKeyPair())
  const updated = await updateCollateral(registered)

  expect(failureOf(updated)).toBe("[]null")
  expect(tgasOf(result)).toBeLessThan(AIM_TGAS)
  expect(tgasOf(updated)).toBeLessThan(AIM_TGAS)
})

onChain("a nonce is spent by one registration", async ({ registered }) => {
  const { register, init } = registered
  const key = await newKeyPair()
  const presented = present(registered, key, await begin(registered, key))
  const call = () => init.callRaw(register, "register_worker_key", presented, GAS)

  expect(failureOf(await call())).toBe("[]null")
  expect(failureOf(await call())).toContain("nonce_unknown")
})

onChain("of two nonces drawn for a key the later one counts", async ({ registered }) => {
  const { register, init } = registered
  const key = await newKeyPair()
  const [first, second] = [await begin(registered, key), await begin(registered, key)]
  const call = (nonce: string) =>
    init.callRaw(register, "register_worker_key", present(registered, key, nonce), GAS)

  expect(failureOf(await call(first))).toContain("report_data: ")
  expect(await workerOf(registered, key)).toBeNull()
  expect(failureOf(await call(second))).toBe("[]null")
})

onChain("a renewal gives the key its whole allowance again", async ({ registered }) => {
  const key = await newKeyPair()
  await registerKey(registered, key)
  await (
    await settleWith(registered, key, "1")
  ).result

  const result = await registerKey(registered, key)

  expect(eventOf(result, "worker_registered")).toMatchObject({ renewed: true })
  expect((await accessKeysOf(registered)).get(keyText(key))).toMatchObject({
    FunctionCall: { allowance: String(10n * NEAR) },
  })
  await (
    await settleWith(registered, key, "2")
  ).result
})

onChain("what outlayer refuses leaves neither record nor access key", async ({ registered }) => {
  const { owner, outlayer, register, alice } = registered
  const key = await newKeyPair()
  const set = (account: { accountId: string }) =>
    owner.call(outlayer, "set_register_contract", { register_contract_id: account.accountId })
  await set(alice)

  const result = await registerKey(registered, key)
  await set(register)

  expect(failureOf(result)).toContain("outlayer_refused")
  expect(eventOf(result, "registration_failed")).toMatchObject({ public_key: keyText(key) })
  expect(await workerOf(registered, key)).toBeNull()
  expect((await accessKeysOf(registered)).has(keyText(key))).toBe(false)
  expect(failureOf(await registerKey(registered, key))).toBe("[]null")
})

onChain(
  "a full-access key of the register account is not turned into a worker's",
  async ({ registered }) => {
    const own = await registered.register.getKey()
    if (!own) throw new Error("no key")

    const result = await registerKey(registered, own)

    expect(failureOf(result)).toContain("AddKeyAlreadyExists")
    expect(await workerOf(registered, own)).toBeNull()
  },
)

onChain(
  "a keystore registers two keys at once, and needs an approval of its own",
  async ({ registered }) => {
    const { register, init, owner } = registered
    await owner.call(register, "set_keystore_account", { keystore_account_id: init.accountId })
    const { presented, keys } = await presentKeystore(registered)
    const call = () => init.callRaw(register, "register_keystore", { ...keys, ...presented }, GAS)

    const approval = measurementOf(registered, "keystore")
    const elsewhere = { ...approval, key_provider_id: "ab".repeat(32) }
    await owner.call(register, "add_approved_measurements", elsewhere)
    expect(failureOf(await call())).toContain("measurement: ")
    await owner.call(register, "add_approved_measurements", approval)
    const result = await call()

    expect(failureOf(result)).toBe("[]null")
    expect(tgasOf(result)).toBeLessThan(AIM_TGAS)
    expect(await register.view("get_keystore")).toMatchObject({ ...keys, is_live: true })
    await owner.call(register, "remove_approved_measurements", approval)
    expect(await register.view("get_keystore")).toMatchObject({ ...keys, is_live: false })
  },
)

onChain(
  "its owner alone migrates the state, and all that is in it stays",
  async ({ registered }) => {
    const { owner, register, alice } = registered
    const key = await newKeyPair()
    await registerKey(registered, key)
    const before = await register.view("get_config")

    const stranger = await alice.callRaw(register, "migrate", {}, GAS)
    const migrated = await owner.callRaw(register, "migrate", {}, GAS)

    expect(failureOf(stranger)).toContain("Only owner can call this method")
    expect(failureOf(migrated)).toBe("[]null")
    expect(await register.view("get_config")).toEqual(before)
    expect(await workerOf(registered, key)).toMatchObject({ is_live: true })
  },
)

onChain("who deactivates his worker ends its key everywhere", async ({ registered }) => {
  const { register, outlayer, init } = registered
  const key = await newKeyPair()
  await registerKey(registered, key)
  const args = { public_key: keyText(key) }

  const result = await init.callRaw(register, "deactivate_worker", args, GAS)

  expect(failureOf(result)).toBe("[]null")
  expect(await workerOf(registered, key)).toMatchObject({ is_live: false, reason: "retired" })
  expect((await accessKeysOf(registered)).has(keyText(key))).toBe(false)
  expect(await outlayer.view("get_worker_key", args)).toBeNull()
})

onChain(
  "only the owner, and only the contract itself, may do what is theirs",
  async ({ registered }) => {
    const { register, alice } = registered
    const refused: [method: string, args: object, message: string][] = [
      ["add_approved_measurements", measurementOf(registered), "Only owner"],
      ["remove_approved_measurements", measurementOf(registered), "Only owner"],
      ["set_owner", { new_owner_id: alice.accountId }, "Only owner"],
      ["set_outlayer_contract", { outlayer_contract_id: alice.accountId }, "Only owner"],
      ["set_minimum_stake", { minimum_stake: "0" }, "Only owner"],
      ["activate_worker", { account_id: alice.accountId }, "Only owner"],
      ["new", {}, "already initialized"],
      ["on_worker_entered", {}, "Function is private"],
      ["on_worker_settled", {}, "Function is private"],
      ["on_withdrawn", {}, "Function is private"],
      ["on_withdrawal_marked", {}, "Function is private"],
      ["on_payout", {}, "Function is private"],
      ["begin_registration", { public_key: keyText(await newKeyPair()) }, "not_active"],
      ["register_keystore", {}, "encryption_key is missing"],
    ]
    for (const [method, args, message] of refused) {
      const result = await alice.callRaw(register, method, args as Record<string, unknown>, GAS)
      expect(failureOf(result)).toContain(message)
    }
  },
)

// The last: nothing is approved after it.
onChain(
  "a withdrawn measurement stops its workers from the next block on",
  async ({ registered }) => {
    const { owner, register, outlayer, alice } = registered
    const key = await newKeyPair()
    await registerKey(registered, key)
    const { id } = await open(registered, alice, { code_source: SOURCE })

    await owner.call(register, "remove_approved_measurements", measurementOf(registered), GAS)

    expect(await workerOf(registered, key)).toMatchObject({ reason: "measurement_withdrawn" })
    expect(await outlayer.view("get_worker_key", { public_key: keyText(key) })).toMatchObject({
      is_live: false,
    })
    expect((await accessKeysOf(registered)).has(keyText(key))).toBe(true)
    const settled = await resolveWith(registered, key, id, "1")
    expect(failureOf(settled)).toContain("has a measurement that was withdrawn")
    expect(failureOf(await registerKey(registered, key))).toContain("measurement: ")

    const tidied = await alice.callRaw(register, "tidy_keys", {}, GAS)
    expect(failureOf(tidied)).toBe("[]null")
    expect((await accessKeysOf(registered)).size).toBe(0)
    expect(await outlayer.view("get_worker_key", { public_key: keyText(key) })).toBeNull()
  },
)

/** A request of alice's, answered with the worker's key. */
async function settleWith(registered: Registered, key: KeyPair, text: string) {
  const request = await open(registered, registered.alice, { code_source: SOURCE })
  const settled = await resolveWith(registered, key, request.id, text)
  expect(failureOf(settled)).toBe("[]null")
  return request
}

async function resolveWith(
  { register, outlayer }: Registered,
  key: KeyPair,
  request_id: number,
  text: string,
): Promise<TransactionResult> {
  const resources_used = { instructions: 1, time_ms: 1 }
  const response = { success: true, output: { Text: text }, error: null, resources_used }
  const options = { ...GAS, signWithKey: key }
  return register.callRaw(outlayer, "resolve_execution", { request_id, response }, options)
}

/** Of the heaviest receipt: the one that verifies. */
function tgasOf(result: TransactionResult): number {
  const burnt = result.receipts_outcomes.map(({ outcome }) => outcome.gas_burnt)
  return Math.max(...burnt) / 1e12
}
