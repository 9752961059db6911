import { randomBytes } from "node:crypto"
import { base58 } from "@scure/base"
import { expect, test } from "vitest"
import { readPublicKey, toActionKey, toText } from "./public-key.ts"

test("any key survives its text, which is the one that other tools write", () => {
  const zeros = new Uint8Array(32)
  const small = Uint8Array.from({ length: 32 }, (_, at) => (at === 31 ? 1 : 0))
  const keys = [zeros, small, ...Array.from({ length: 50 }, () => new Uint8Array(randomBytes(32)))]

  for (const bytes of keys) {
    const text = `ed25519:${base58.encode(bytes)}`
    expect(toText(bytes)).toBe(text)
    expect(readPublicKey(text, "key").bytes).toEqual(bytes)
    expect(toActionKey(bytes)).toEqual(new Uint8Array([0, ...bytes]))
  }
})

test("what is no ed25519 key of 32 bytes, spelled as NEAR spells it, is refused", () => {
  const right = base58.encode(new Uint8Array(32).fill(7))
  const wrong = [
    right,
    `secp256k1:${right}`,
    `ed25519:${right.slice(0, -1)}`,
    `ed25519:${right}1`,
    `ed25519:1${right}`,
    `ed25519:${right.slice(0, -1)}0`,
    ` ed25519:${right}`,
    `ed25519:${base58.encode(new Uint8Array(33).fill(7))}`,
    7,
    null,
  ]
  for (const value of wrong) expect(() => readPublicKey(value, "key")).toThrow("key")
})
