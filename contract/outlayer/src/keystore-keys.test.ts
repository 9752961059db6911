import { encodePublicKey } from "@outlayer/protocol/pure"
import { beforeEach, expect, test } from "vitest"
import { setKeystoreAccount } from "./admin.ts"
import { FakeContract } from "./fake-contract.ts"
import * as keystoreKeys from "./keystore-keys.ts"

const KEYSTORE = "keystore.near"
const KEY = "09".repeat(32)
const SIGNING_KEY = encodePublicKey(new Uint8Array(32).fill(3))

let contract: FakeContract

beforeEach(() => {
  contract = new FakeContract()
  contract.state.keystore = KEYSTORE
})

test("what the keystore publishes, everybody reads", () => {
  expect([pubkey(), keys()]).toEqual([null, null])

  publish({ pubkey: KEY.toUpperCase(), signing_key: SIGNING_KEY, epoch: 3 })

  expect(pubkey()).toBe(KEY)
  expect(keys()).toEqual({
    encryption_key: KEY,
    signing_key: SIGNING_KEY,
    epoch: 3,
    published_at: String(contract.host.timeNs),
    keystore_account_id: KEYSTORE,
    registration: null,
  })
  contract.state.register = "register.near"
  expect(keys()).toMatchObject({ registration: { register_contract_id: "register.near" } })
})

test("an epoch has one set of keys for good, and epochs only grow", () => {
  publish({ pubkey_hex: KEY, signing_key: SIGNING_KEY })
  publish({ pubkey: KEY, signing_key: SIGNING_KEY, epoch: 0 })
  const other = "08".repeat(32)

  expect(() => publish({ pubkey: other, signing_key: SIGNING_KEY })).toThrow("Epoch 0 has other")
  expect(() => publish({ pubkey: KEY })).toThrow("Epoch 0 has other keys")
  publish({ pubkey: other, signing_key: SIGNING_KEY, epoch: 2 })
  expect(() => publish({ pubkey: KEY, signing_key: SIGNING_KEY, epoch: 1 })).toThrow("Epoch 2 has")
  expect(pubkey()).toBe(other)
})

test("with another keystore account the keys of the last one are gone", () => {
  publish({ pubkey: KEY, epoch: 9 })
  setAccount(KEYSTORE)
  expect(pubkey()).toBe(KEY)

  setAccount("next.near")

  expect([pubkey(), keys()]).toEqual([null, null])
  expect(() => publish({ pubkey: KEY })).toThrow("Only the keystore account")
})

test.each([
  [{}, "pubkey is missing"],
  [{ pubkey: "ed25519:abc" }, "pubkey must be 32 bytes in hex"],
  [{ pubkey: "00".repeat(32) }, "a point of low order"],
  [{ pubkey: KEY, signing_key: KEY }, "signing_key is not an ed25519 key"],
  [{ pubkey: KEY, epoch: 65_536 }, "epoch must be at most 65535"],
  [{ pubkey: KEY, seed: "" }, "Unknown field in arguments: seed"],
])("publishing %j is refused: %s", (args, message) => {
  expect(() => publish(args)).toThrow(message)
})

test("nobody else publishes, least of all where there is no keystore", () => {
  const { host, state } = contract
  const call = () => keystoreKeys.setKeystorePubkey(state, host, { pubkey: KEY })
  expect(() => contract.as("owner.near", call)).toThrow("Only the keystore account")
  state.keystore = null
  expect(() => contract.as("owner.near", call)).toThrow("Only the keystore account")
})

function publish(args: object): void {
  const { host, state } = contract
  contract.as(KEYSTORE, () => keystoreKeys.setKeystorePubkey(state, host, args))
}

function setAccount(keystore_account_id: string): void {
  setKeystoreAccount(contract.state, contract.host, { keystore_account_id })
}

const pubkey = () => keystoreKeys.getKeystorePubkey(contract.host)
const keys = () => keystoreKeys.getKeystoreKeys(contract.state, contract.host)
