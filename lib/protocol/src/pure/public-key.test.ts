import { randomBytes } from "node:crypto"
import { expect, test } from "vitest"
import { base58Of, decodePublicKey, encodePublicKey } from "./index.ts"

test("a key is read back, whatever its leading zeros", () => {
  for (let round = 0; round < 200; round += 1) {
    const bytes = new Uint8Array(32)
    bytes.set(randomBytes(32 - (round % 33)), round % 33)
    expect(decodePublicKey(encodePublicKey(bytes))).toEqual(bytes)
  }
})

test("base58 is as everywhere", () => {
  // draft-msporny-base58-03, section 5.
  expect(base58Of(Buffer.from("Hello World!"))).toBe("2NEpo7TZRRrLZSi2U")
  expect(base58Of(Buffer.from("0000287fb4cd", "hex"))).toBe("11233QC4")
  expect(base58Of(new Uint8Array(0))).toBe("")
})

test("another curve, length or spelling is no key", () => {
  const key = encodePublicKey(new Uint8Array(32).fill(7))
  const others = ["", "ed25519:", key.slice(8), `secp256k1:${key.slice(8)}`, `${key}1`]
  const tooLarge = `ed25519:${"z".repeat(44)}`
  const spellings = [key.replace("ed25519:", "ed25519:1"), ` ${key}`, key.replace(/.$/, "0")]
  for (const text of [...others, ...spellings, tooLarge, key.slice(0, -1)]) {
    expect(decodePublicKey(text)).toBeUndefined()
  }
})
