import { createHash, generateKeyPairSync, sign } from "node:crypto"
import { describe, expect, test } from "vitest"
import { nodePrimitives } from "./primitives.ts"

const { decodeBase64, decodeHex, p256Verify, keccak256, latin1 } = nodePrimitives

describe("text to bytes", () => {
  test.each(["0", "0g", " 00", "00 ", "0x00", "00\n", "é0"])("%j is not hex", (text) => {
    expect(decodeHex(text)).toBeUndefined()
  })

  test("hex is read in either case", () => {
    expect(decodeHex("aBcD")).toEqual(Buffer.from([0xab, 0xcd]))
    expect(decodeHex("")).toEqual(Buffer.alloc(0))
  })

  test.each(["A", "AA", "AAA", "AB==", "AAB=", "AA==\n", " AA==", "A-_=", "AA==AA=="])(
    "%j is not canonical base64",
    (text) => {
      expect(decodeBase64(text)).toBeUndefined()
    },
  )

  test("base64 is read where it is canonical", () => {
    expect(decodeBase64("AAE=")).toEqual(Buffer.from([0, 1]))
  })

  test("each byte is one character", () => {
    expect(latin1(Uint8Array.of(0x41, 0xe9, 0xff))).toBe("A\u00e9\u00ff")
  })
})

test("a signature is of its message, its key and SHA-256", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const { x = "", y = "" } = publicKey.export({ format: "jwk" })
  const key = Buffer.concat([Buffer.from(x, "base64url"), Buffer.from(y, "base64url")])
  const message = Buffer.from("a message")
  const signature = sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" })

  expect(p256Verify(signature, message, key)).toBe(true)
  expect(p256Verify(signature, Buffer.from("another"), key)).toBe(false)
  expect(p256Verify(Buffer.alloc(64), message, key)).toBe(false)
})

test("Keccak-256 is the one from before SHA-3", () => {
  // The hash of nothing, which Ethereum knows as that of an account without code.
  const expected = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"

  expect(Buffer.from(keccak256(Buffer.alloc(0))).toString("hex")).toBe(expected)
  expect(createHash("sha3-256").digest("hex")).not.toBe(expected)
})
