import { generateKeyPairSync, sign } from "node:crypto"
import { describe, expect, it } from "vitest"
import { verifyEd25519 } from "./ed25519.ts"

const message = Buffer.from("hello")
/** RFC 8032 section 5.1: the group's order, little-endian. */
const ORDER = Buffer.from("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", "hex")
const IDENTITY = Buffer.concat([Buffer.of(1), Buffer.alloc(31)])

describe("ed25519 signatures", () => {
  it("are valid for their message and key only", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519")
    const key = publicKey.export({ format: "der", type: "spki" }).subarray(12)
    const signature = sign(null, message, privateKey)

    expect(verifyEd25519(message, key, signature)).toBe(true)
    expect(verifyEd25519(Buffer.from("hellp"), key, signature)).toBe(false)
  })

  it("may come from a key of small order, written canonically or not", () => {
    const signature = Buffer.concat([IDENTITY, Buffer.alloc(32)])
    // y = 1 as p + 1, and x = 0 with its sign set: RFC 8032 would refuse both.
    const above = Buffer.from(`ee${"ff".repeat(30)}7f`, "hex")
    const negativeZero = Buffer.from(`01${"00".repeat(30)}80`, "hex")

    expect(verifyEd25519(message, IDENTITY, signature)).toBe(true)
    expect(verifyEd25519(message, above, signature)).toBe(true)
    expect(verifyEd25519(message, negativeZero, signature)).toBe(true)
  })

  it("are refused where S is not below the order", () => {
    const signature = Buffer.concat([IDENTITY, ORDER])

    expect(verifyEd25519(message, IDENTITY, signature)).toBe(false)
  })
})
