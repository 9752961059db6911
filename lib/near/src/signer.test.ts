import { decodeSignedTransaction, KeyPair } from "near-api-js"
import { expect, test } from "vitest"
import type { Chain } from "./chain.ts"
import { createSigner } from "./signer.ts"

const CALL = { contractId: "outlayer.near", method: "resolve_execution", args: {}, gas: 1n }

test("nonces are given out in order, of many who sign at a time", async () => {
  const { signer } = createTestSigner(5n)

  const signed = await Promise.all([1, 2, 3].map(() => signer.sign(CALL)))

  expect(signed.map(nonceOf)).toEqual([6n, 7n, 8n])
})

test("a nonce that is forgotten while another signature is under way stays forgotten", async () => {
  const { signer, key, release } = createTestSigner(5n, { isHeld: true })
  const first = signer.sign(CALL)
  signer.forgetNonce()
  release()
  expect(nonceOf(await first)).toBe(6n)
  key.nonce = 20n

  expect(nonceOf(await signer.sign(CALL))).toBe(21n)
})

test("what could not be signed takes no nonce", async () => {
  const { signer, key } = createTestSigner(5n)
  key.isThere = false
  await expect(signer.sign(CALL)).rejects.toThrow("no key")
  key.isThere = true

  expect(nonceOf(await signer.sign(CALL))).toBe(6n)
})

/** With a chain that has a key, and a last block, which it keeps back where that is held. */
function createTestSigner(nonce: bigint, { isHeld = false } = {}) {
  const key = { nonce, isThere: true }
  const { promise, resolve: release } = Promise.withResolvers<void>()
  const chain = {
    async finalBlock() {
      if (isHeld) await promise
      return { height: 1, hash: "11111111111111111111111111111111", timestampNs: 0n }
    },
    provider: {
      async viewAccessKey() {
        if (!key.isThere) throw new Error("no key")
        return { nonce: key.nonce }
      },
    },
    // All of it that a signer asks.
  } as unknown as Chain
  const secret = KeyPair.fromRandom("ed25519").toString()
  return { signer: createSigner(chain, "worker.near", secret), key, release }
}

function nonceOf({ signedTxBase64 }: { signedTxBase64: string }): bigint {
  return decodeSignedTransaction(Buffer.from(signedTxBase64, "base64")).transaction.nonce
}
