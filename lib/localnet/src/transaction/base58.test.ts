import { randomBytes } from "node:crypto"
import { base58 } from "@scure/base"
import { describe, expect, test } from "vitest"
import { encodeBase58 } from "./base58.ts"

describe("base58", () => {
  test("is what the slow encoder makes, for every length of a hash, key or signature", () => {
    for (let length = 0; length <= 80; length += 1) {
      for (let round = 0; round < 20; round += 1) {
        const bytes = randomBytes(length)
        expect(encodeBase58(bytes)).toBe(base58.encode(bytes))
      }
    }
  })

  test.each(["", "00", "0000", "0001", "000001ff", "39", "3a", "ff".repeat(32), "00".repeat(64)])(
    "of %s keeps its zeros",
    (hex) => {
      const bytes = Buffer.from(hex, "hex")
      expect(encodeBase58(bytes)).toBe(base58.encode(bytes))
    },
  )
})
