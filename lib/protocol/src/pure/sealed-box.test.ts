import nacl from "tweetnacl"
import { expect, test } from "vitest"
import { nodePrimitives } from "../sealing/node.ts"
import { bytesOf } from "../sealing/testing/bytes.ts"
import { tweetnaclPrimitives } from "../sealing/tweetnacl.ts"
import { openBox, requirePublicKey, sealBox, SealingError } from "./index.ts"

const secretKey = new Uint8Array(32).fill(3)
const key = nodePrimitives.importAgreementKey(secretKey)
const { publicKey } = key
const context = nodePrimitives.utf8("test-1;")

/** https://cr.yp.to/ecdh.html#validate, all twelve: with and without the bit that is ignored. */
const LOW_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
  "4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
  "d9ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "dbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]

test.each([
  ["node:crypto", nodePrimitives],
  ["tweetnacl", tweetnaclPrimitives],
])("with %s nothing is sealed for, or opened from, a point of low order", (_, primitives) => {
  for (const hex of [...LOW_ORDER, ...LOW_ORDER.map(flipTopBit)]) {
    const point = bytesOf(hex)
    expect(codeOf(() => sealBox(primitives, { publicKey: point, context }, secretKey))).toBe(
      isOfLowOrder(point) ? "key_invalid" : undefined,
    )
    const box = new Uint8Array(64)
    box.set(point)
    const keys = { key: primitives.importAgreementKey(secretKey), context }
    expect(codeOf(() => openBox(primitives, keys, box))).toBe(
      isOfLowOrder(point) ? "key_invalid" : "envelope_not_authentic",
    )
  }
  expect(LOW_ORDER.filter((hex) => isOfLowOrder(bytesOf(hex))).length).toBeGreaterThanOrEqual(7)
})

test("what is known to be of low order is refused before any arithmetic", () => {
  for (const hex of LOW_ORDER.slice(0, 7)) {
    for (const point of [bytesOf(hex), bytesOf(flipTopBit(hex))]) {
      expect(codeOf(() => requirePublicKey(point))).toBe("key_invalid")
    }
  }
  expect(() => requirePublicKey(publicKey)).not.toThrow()
})

test("a public key has 32 bytes", () => {
  for (const length of [0, 31, 33, 64]) {
    expect(codeOf(() => requirePublicKey(new Uint8Array(length).fill(9)))).toBe("key_invalid")
  }
})

test("a box opens in its own context alone", () => {
  const sealed = sealBox(tweetnaclPrimitives, { publicKey, context }, Uint8Array.of(1, 2, 3))

  expect(openBox(nodePrimitives, { key, context }, sealed)).toEqual(Uint8Array.of(1, 2, 3))
  const other = { key, context: nodePrimitives.utf8("test-2;") }
  expect(codeOf(() => openBox(nodePrimitives, other, sealed))).toBe("envelope_not_authentic")
})

/** By tweetnacl's own arithmetic: every clamped scalar takes such a point to zero. */
function isOfLowOrder(point: Uint8Array): boolean {
  return nacl.scalarMult(secretKey, point).every((byte) => byte === 0)
}

function flipTopBit(hex: string): string {
  const bytes = bytesOf(hex)
  bytes[31] = (bytes[31] ?? 0) ^ 0x80
  return Buffer.from(bytes).toString("hex")
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    if (error instanceof SealingError) return error.code
    throw error
  }
  return undefined
}
