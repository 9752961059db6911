import { KeyPair } from "near-workspaces"
import { expect } from "vitest"
import { type Chain, contractTest, NEAR, TGAS } from "./contract-test.ts"
import { eventOf, failureOf, open, SOURCE } from "./requests.ts"

const MEASUREMENT = "5a".repeat(32)
const ATTESTATION = "c3".repeat(32)
const RESPONSE = {
  success: true,
  output: { Text: "a" },
  error: null,
  resources_used: { instructions: 1, time_ms: 1 },
  attestation_hash: ATTESTATION,
}

contractTest(
  "a worker's key settles while it is registered, and not before or after",
  async ({ chain }) => {
    const { outlayer, owner, alice } = chain
    const register = await registerOf(chain)
    const key = (await register.getKey())?.getPublicKey().toString()
    const expires_at_ns = String(BigInt(Date.now() + 3_600_000) * 1_000_000n)
    const set = { public_key: key, expires_at_ns, measurement: MEASUREMENT }
    const { id, result } = await open(chain, alice, { code_source: SOURCE })
    const settle = () => {
      const args = { request_id: id, response: RESPONSE }
      return register.callRaw(outlayer, "resolve_execution", args, { gas: 100n * TGAS })
    }

    expect(failureOf(await settle())).toContain("Only operator can call this")
    await owner.call(outlayer, "set_register_contract", {
      register_contract_id: register.accountId,
    })
    expect(failureOf(await settle())).toContain("This worker key is not registered")
    const byOwner = await owner.callRaw(outlayer, "set_worker_key", set)
    expect(failureOf(byOwner)).toContain("Only the register contract can call this")
    const other = KeyPair.fromRandom("ed25519").getPublicKey().toString()
    await register.call(outlayer, "set_worker_key", { ...set, public_key: other })
    expect(failureOf(await settle())).toContain("This worker key is not registered")
    await register.call(outlayer, "set_worker_key", set)
    expect(await outlayer.view("get_worker_key", { public_key: key })).toEqual({
      expires_at_ns,
      measurement: MEASUREMENT,
      is_live: true,
    })
    await register.call(outlayer, "withdraw_measurement", { measurement: MEASUREMENT })
    expect(failureOf(await settle())).toContain("has a measurement that was withdrawn")
    await register.call(outlayer, "set_worker_key", set)
    const settled = await settle()

    expect(failureOf(settled)).toBe("[]null")
    const completed = eventOf(await result, "execution_completed")
    expect(completed).toMatchObject({ success: true, attestation_hash: ATTESTATION })
    await register.call(outlayer, "remove_worker_key", { public_key: key })
    expect(await outlayer.view("get_worker_key", { public_key: key })).toBeNull()
    expect(failureOf(await settle())).toContain("This worker key is not registered")
  },
)

contractTest("the keystore publishes its keys", async ({ chain }) => {
  const { outlayer, owner, alice } = chain
  const keys = {
    pubkey_hex: "9a".repeat(32),
    signing_key: "ed25519:11111111111111111111111111111112",
  }
  const refused = await alice.callRaw(outlayer, "set_keystore_pubkey", keys)
  await owner.call(outlayer, "set_keystore_account", { keystore_account_id: alice.accountId })
  await alice.call(outlayer, "set_keystore_pubkey", keys)

  expect(failureOf(refused)).toContain("Only the keystore account can call this")
  expect(await outlayer.view("get_keystore_pubkey")).toBe(keys.pubkey_hex)
  expect(await outlayer.view("get_keystore_keys")).toMatchObject({
    encryption_key: keys.pubkey_hex,
    signing_key: keys.signing_key,
    epoch: 0,
    keystore_account_id: alice.accountId,
  })
})

/** Stands for the register contract: an account whose own key is a worker's. */
function registerOf({ worker }: Chain) {
  return worker.rootAccount.createSubAccount("register", { initialBalance: 20n * NEAR })
}
