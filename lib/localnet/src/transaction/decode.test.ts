import { actions, createTransaction, KeyPair, KeyPairSigner } from "near-api-js"
import { describe, expect, test } from "vitest"
import { BorshError } from "./borsh-reader.ts"
import { decodeTransaction } from "./decode.ts"
import { keyFromText, keyToText } from "./public-key-text.ts"
import { isSigned } from "./signature.ts"

const CURVES = ["ed25519", "secp256k1"] as const

describe("a signed transaction", () => {
  test.each(CURVES)("of near-api-js, %s, is read and verified", async (curve) => {
    const { bytes, hash, key } = await everything(curve)

    const read = decodeTransaction(bytes)

    expect(read.hash).toBe(Buffer.from(hash).toString("hex"))
    expect(read).toMatchObject({ signerId: "a.near", receiverId: "b.near", nonce: 2n ** 63n })
    expect(keyToText(read.publicKey)).toBe(key.getPublicKey().toString())
    expect(read.actions.map(({ type }) => type)).toEqual([
      "create_account",
      "deploy_contract",
      "function_call",
      "transfer",
      "stake",
      "add_key",
      "add_key",
      "delete_key",
      "delete_account",
    ])
    expect(read.actions[2]).toEqual({
      type: "function_call",
      methodName: "méthode",
      args: new TextEncoder().encode("{}"),
      gas: 5n,
      deposit: 2n ** 100n,
    })
    expect(read.actions[6]).toMatchObject({
      accessKey: { permission: { kind: "function_call", allowance: 7n, methodNames: ["x", "y"] } },
    })
    expect(isSigned(hash, read.signature, read.publicKey)).toBe(true)
  })

  test.each(CURVES)(
    "is refused with one bit of its signature or its hash changed (%s)",
    async (curve) => {
      const { bytes, hash } = await everything(curve)
      const { signature, publicKey } = decodeTransaction(bytes)
      const other = Uint8Array.from(hash, (byte, index) => (index === 7 ? byte ^ 1 : byte))
      const forged = Uint8Array.from(signature, (byte, index) => (index === 9 ? byte ^ 1 : byte))

      expect(isSigned(other, signature, publicKey)).toBe(false)
      expect(isSigned(hash, forged, publicKey)).toBe(false)
      expect(isSigned(hash, new Uint8Array(65), publicKey)).toBe(false)
    },
  )

  test("cut short or made longer anywhere is refused, not misread", async () => {
    const { bytes } = await everything("ed25519")

    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeTransaction(bytes.subarray(0, length))).toThrow(BorshError)
    }
    expect(() => decodeTransaction(new Uint8Array([...bytes, 0]))).toThrow(BorshError)
  })
})

test("a key's text is read back, and nonsense is not", () => {
  for (const curve of CURVES) {
    const text = KeyPair.fromRandom(curve).getPublicKey().toString()
    expect(keyToText(keyFromText(text) ?? new Uint8Array())).toBe(text)
  }
  for (const text of ["", "ed25519:", "ed25519:0OIl", "rsa:abc", "ed25519:11"]) {
    expect(keyFromText(text)).toBeUndefined()
  }
})

async function everything(curve: (typeof CURVES)[number]) {
  const key = KeyPair.fromRandom(curve)
  const publicKey = key.getPublicKey()
  const list = [
    actions.createAccount(),
    actions.deployContract(new Uint8Array([1, 2, 3])),
    actions.functionCall("méthode", Buffer.from("{}"), 5n, 2n ** 100n),
    actions.transfer(1n),
    actions.stake(2n, publicKey),
    actions.addFullAccessKey(publicKey),
    actions.addFunctionCallAccessKey(publicKey, "c.near", ["x", "y"], 7n),
    actions.deleteKey(publicKey),
    actions.deleteAccount("c.near"),
  ]
  const block = new Uint8Array(32).fill(9)
  const plain = createTransaction("a.near", publicKey, "b.near", 2n ** 63n, list, block)
  const { signedTransaction, txHash } = await new KeyPairSigner(key).signTransaction(plain)
  return { key, bytes: signedTransaction.encode(), hash: txHash }
}
